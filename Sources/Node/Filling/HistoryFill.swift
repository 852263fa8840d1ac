import Chat
import EmbeddedBackend
import Interface
import Logging

/// Fills a channel of a data directory with synthetic messages while no node runs there, through the message store
/// itself: its rows, buckets and checksums are those of messages that were sent.
package struct HistoryFill: Sendable {
    package struct Progress: Hashable, Sendable {
        package var stored: Int
        package var total: Int
    }

    /// What the names of guilds that may be filled begin with.
    package static let guildPrefix = "bench-"
    /// Messages a batch, which is a transaction.
    private static let batchMessages = 5_000

    private let directory: String
    private let channel: ChannelID
    private let messages: Int
    private let days: Int
    private let contentBytes: Int

    /// - Parameters:
    ///   - directory: a data directory that a node has made.
    ///   - channel: the channel to fill, of a guild whose name begins with ``guildPrefix``.
    ///   - days: the messages spread over so many days up to now.
    ///   - contentBytes: bytes of each message's content, at least 32.
    package init(directory: String, channel: UInt64, messages: Int, days: Int, contentBytes: Int) {
        self.directory = directory
        self.channel = ChannelID(channel)
        self.messages = messages
        self.days = days
        self.contentBytes = contentBytes
    }

    /// - Parameter step: called after each batch; false ends the filling.
    /// - Throws: ``NodeError``: `.dataDirectory` while a node runs there, `.refused` for any channel but an empty one of a
    ///   bench, whatever the store throws.
    package func run(_ step: @Sendable (Progress) -> Bool) async throws(NodeError) {
        let time = SystemTime()
        let backends: EmbeddedBackends
        do throws(BackendError) {
            backends = try EmbeddedBackends.open(
                directory: directory, time: time, logger: Logger(label: "fill") { _ in SwiftLogNoOpLogHandler() })
        } catch {
            throw NodeError(error)
        }
        let outcome: Result<Void, NodeError>
        do throws(NodeError) {
            outcome = .success(try await fill(backends, now: time.unixMilliseconds, step))
        } catch {
            outcome = .failure(error)
        }
        do throws(BackendError) {
            try backends.close()
        } catch {
            throw NodeError(error)
        }
        try outcome.get()
    }

    private func fill(
        _ backends: EmbeddedBackends, now: UInt64, _ step: @Sendable (Progress) -> Bool
    ) async throws(NodeError) {
        let guild = try await emptyGuild(backends)
        let span = UInt64(days) * 86_400_000
        var history = SyntheticHistory(
            channel: channel, guild: guild.id, author: guild.owner, count: messages, start: now - span, span: span,
            contentBytes: contentBytes)
        var stored = 0
        while stored < messages {
            var batch: [MessageWrite] = []
            batch.reserveCapacity(Self.batchMessages)
            while batch.count < Self.batchMessages, let message = history.next() {
                batch.append(MessageWrite(message: message))
            }
            do throws(BackendError) {
                try await backends.store.apply(batch)
            } catch {
                throw NodeError(error)
            }
            stored += batch.count
            guard step(Progress(stored: stored, total: messages)) else { return }
        }
    }

    /// The guild of the channel, which has to be a bench's and to hold nothing yet.
    private func emptyGuild(_ backends: EmbeddedBackends) async throws(NodeError) -> Guild {
        let (found, last): (GuildSnapshot?, [ChannelID: MessageID])
        do throws(BackendError) {
            let id = try await backends.directory.guild(ofChannel: channel)
            if let id { found = try await backends.directory.snapshot(of: id) } else { found = nil }
            last = try await backends.store.lastMessages(of: [channel])
        } catch {
            throw NodeError(error)
        }
        guard let guild = found?.guild, guild.name.hasPrefix(Self.guildPrefix), last.isEmpty else {
            throw NodeError(
                .refused, "channel \(channel) is not an empty one of a bench", place: directory,
                hint: "only what a bench has made for itself is filled")
        }
        return guild
    }
}
