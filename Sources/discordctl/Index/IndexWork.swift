import Arguments
import Operations

/// Work on the index that the node does by itself: started here, watched from here, and not stopped by leaving.
enum IndexWork {
    static let channel = Option("channel", .channelRef, "only this channel")
    static let sample = Option(
        "sample", .count(1...100).named("PCT"), default: 100, "of a hundred messages compare so many, always the same")
    static let timeout = Option(
        "timeout", .duration(.seconds(1) ... .seconds(604_800)), default: .seconds(86_400),
        "how long to wait for the end; the work goes on anyway"
    )

    /// Starts the work and waits for its end.
    static func run(_ form: IndexJobForm, _ context: CommandContext, _ client: AdminClient) async throws
        -> IndexJobResource
    {
        _ = try await client.post(["v1", "index", "jobs"], form, as: IndexJobResource.self)
        Interrupts.exitSayingThatTheIndexIsWorkedOn()
        let progress: () async -> String = {
            guard let index = try? await client.get(["v1", "index"], as: IndexResource.self), let job = index.job
            else { return "waiting for the node" }
            let differences = job.job == "rebuild" ? "" : ", \(job.differences) differ"
            return "\(job.job): \(job.scanned) messages looked at\(differences)"
        }
        let done = try await Waiting.upTo(context[timeout], context.console, progress: progress) {
            let index = try await client.get(["v1", "index"], as: IndexResource.self)
            return index.job.flatMap { $0.state == "done" ? $0 : nil }
        }
        guard let done else {
            throw CommandFailure(
                .tryAgain, code: "still_running", "the work goes on", hint: "see: discordctl index status",
                isRetryable: true)
        }
        return done
    }

    /// Compares store and index, and repairs what differs if asked to.
    static func compare(_ kind: String, _ context: CommandContext) async throws -> IndexJobResource {
        let form = IndexJobForm(
            kind: kind, channel: context[channel]?.path, samplePercent: UInt64(context[sample]),
            reason: context[CommonOptions.reason]
        )
        return try await NodeConnection.open(context) { try await run(form, context, $0.client) }
    }
}
