import Chat
import Interface

extension ChatBackends {
    /// Tells parties of direct channels that are in their lists from now on, ahead of the messages that brought them there.
    ///
    /// It is told once, by whoever makes the step: what a crash in between takes along is in the list all the same.
    func announce(_ appeared: [ChannelID: [UserID]]) async {
        var messages: [FanoutMessage] = []
        for (id, parties) in appeared.sorted(by: { $0.key < $1.key }) {
            guard let channel = try? await access.cache.directs.channel(id),
                let users = try? await access.cache.users(channel.parties)
            else { continue }
            messages += DirectService.notices(.created, of: channel, to: parties, users, at: time.unixMilliseconds)
        }
        guard !messages.isEmpty else { return }
        _ = try? await bus.publish(messages)
    }
}
