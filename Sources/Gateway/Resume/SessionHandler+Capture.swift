import Chat
import Interface
import Services
import Wire

/// What is written down of a loop's sessions, so that they can go on in another process.
///
/// The numbers of a session's dispatches say up to where the client has everything; the cut at which this is made says what of the streams
/// those numbers stand for. What is a session's own (its record) is handed out only when it has changed.
extension SessionHandler {
    /// Entries of all rings together that are handed out at most; what goes beyond cannot be resumed from before the capture.
    private static let ringEntriesMax = 2_000_000

    /// Something of a session's record has changed.
    func noteChange(of session: Int32) { unsaved.insert(session) }

    func noteEnd(of session: Int32) {
        unsaved.remove(session)
        restored[session] = nil
        ended.insert(UInt32(bitPattern: session))
    }

    /// Adds the loop's part to a round. Everything that came before is in it, nothing that comes behind.
    func capture(_ round: CaptureRound, on loop: Loop) {
        flush(on: loop)
        var part = LoopCapture(loop: surroundings.index, isWhole: round.isWhole, state: guildEpochs().encoded())
        let now = surroundings.time.unixMilliseconds
        for session in sessions.slots where isCapturable(session) {
            let cell = sessions.cells + Int(session)
            let age = UInt64(clamping: loop.now - cell.pointee.detachedAt)
            part.marks.append(
                SessionMark(
                    slot: UInt32(bitPattern: session), sequence: cell.pointee.sequence,
                    detachedAt: cell.pointee.isConnected ? 0 : max(1, now > age ? now - age : 0)))
        }
        let wanted = round.isWhole ? part.marks.map { Int32(bitPattern: $0.slot) } : Array(unsaved)
        part.changed = wanted.compactMap(record(of:))
        part.removed = Array(ended)
        unsaved.removeAll()
        ended.removeAll()
        if round.isFinal {
            isFrozen = true
            addRings(to: &part)
        }
        round.add(part)
    }

    /// A login that is not through cannot go on elsewhere; and who may have seen more than its session says, which was itself taken up from
    /// a record, is told so only once: two unknown stretches cannot be told apart.
    private func isCapturable(_ session: Int32) -> Bool {
        sessions.cells[Int(session)].phase == .live && loading[session] == nil && restored[session]?.isDoubtful != true
    }

    private func record(of session: Int32) -> SessionRecord? {
        let cell = sessions.cells + Int(session)
        guard cell.pointee.phase == .live else { return nil }
        let id = cell.pointee.id
        return SessionRecord(
            slot: UInt32(bitPattern: session),
            secret: restored[session]?.secret ?? surroundings.source.hash(of: id.text), tag: id.tag,
            token: cell.pointee.token.hash, user: cell.pointee.user, intents: cell.pointee.intents.rawValue,
            shardID: cell.pointee.shard.id, shardCount: cell.pointee.shard.count, isLazy: cell.pointee.isLazy,
            largeThreshold: cell.pointee.largeThreshold,
            shown: SessionPresence(
                status: cell.pointee.presence, activities: activities[session] ?? [], platform: cell.pointee.platform),
            digest: UInt64(cell.pointee.readVersion) << 32 | UInt64(cell.pointee.digest),
            guilds: cell.pointee.memberships.map(\.guild),
            subscriptions: cell.pointee.subscriptions.map(\.channel), voices: voices[session] ?? [])
    }

    private func guildEpochs() -> GuildEpochs {
        GuildEpochs(epochs: guilds.mapValues(\.snapshot.epoch))
    }

    private func addRings(to part: inout LoopCapture) {
        var indices: [UInt32: UInt32] = [:]
        var entries = 0
        for index in part.marks.indices {
            let cell = sessions.cells + Int(part.marks[index].slot)
            guard entries + Int(cell.pointee.ring.count) <= Self.ringEntriesMax else { continue }
            var ring: [UInt32] = []
            for position in 0..<cell.pointee.ring.count {
                guard let frame = cell.pointee.ring.frame(at: position), let place = log.place(of: frame),
                    let scope = log.scope(of: frame), !isOfLeftGroup(scope, Int32(bitPattern: part.marks[index].slot))
                else {
                    // Forgotten, or not to be told again: what came before it is of no use either.
                    ring.removeAll()
                    continue
                }
                if let known = indices[frame] {
                    ring.append(known)
                } else {
                    let bytes = UnsafeRawBufferPointer(start: log.bytes + place.offset, count: place.length)
                    let new = UInt32(part.frames.count)
                    part.frames.append(
                        SavedFrame(
                            bytes: Array(bytes), sequenceOffset: place.sequenceOffset, scope: scope.encoded()))
                    indices[frame] = new
                    ring.append(new)
                }
            }
            entries += ring.count
            part.marks[index].ring = ring
        }
    }
}

/// By which state of each guild a loop delivered.
struct GuildEpochs: Hashable, Sendable, RecordCodable {
    var epochs: [GuildID: UInt64]

    init(epochs: [GuildID: UInt64]) {
        self.epochs = epochs
    }

    init(from reader: inout RecordReader) throws(RecordError) {
        let list = try reader.readList { (reader) throws(RecordError) -> (GuildID, UInt64) in
            (try reader.readID(), try reader.readUInt64())
        }
        epochs = Dictionary(list) { $1 }
    }

    func encode(to writer: inout RecordWriter) {
        writer.write(list: Array(epochs)) {
            $0.write($1.key)
            $0.write($1.value)
        }
    }
}
