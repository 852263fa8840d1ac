import Chat
import Services
import Wire

/// How a digest is read again.
///
///     stale ──quiet for a second──▶ asked ──answer──▶ read ──quiet for another──▶ the session's
///       ▲───────────────────── another change, or no answer ─────────────────────┘
enum DigestReading: Hashable {
    /// Since when.
    case stale(Int64)
    case asked
    /// With the time of the answer.
    case read(UInt32, Int64)
}

/// What only its user's own stream tells a session: its name, its direct channels, its read states. The stream has no positions, so the
/// session's record says by a digest and a version how far it was told; when it goes on in another process the directory is compared
/// with that (invariant I4).
extension SessionHandler {
    /// How long nothing may have changed before a digest is read, and afterwards before it counts: what the directory said may still be on
    /// its way to the session.
    private static let quietMilliseconds: Int64 = 1_000
    /// Digests read in a second, for all sessions of the loop.
    private static let readingsMax = 128
    /// Versions that may be waiting for those in front of them. Beyond it the session begins anew when the node does.
    private static let readAheadMax = 64

    // MARK: Names and direct channels

    /// Something has changed: from here on nobody can tell how much of it the digest accounts for.
    func forgetDigest(of session: Int32, on loop: Loop) {
        sessions.cells[Int(session)].digest = 0
        noteChange(of: session)
        // Of one that is not resumed yet it is not known what it has missed before.
        guard restored[session] == nil else { return }
        digests[session] = .stale(loop.now)
    }

    /// Takes the next step with every digest whose time has come.
    func proceedDigests(on loop: Loop) {
        var readings = 0
        for (session, reading) in digests {
            switch reading {
            case .stale(let since) where loop.now - since >= Self.quietMilliseconds && readings < Self.readingsMax:
                readings += 1
                do throws(GatewayClose) {
                    try submit(.digest, for: session)
                    digests[session] = .asked
                } catch {
                    // The workers are far behind: asked again by a later turn.
                    return
                }
            case .read(let digest, let time) where loop.now - time >= Self.quietMilliseconds:
                sessions.cells[Int(session)].digest = digest
                noteChange(of: session)
                digests[session] = nil
            case .stale, .asked, .read: break
            }
        }
    }

    func take(_ digest: UInt32?, of session: Int32, on loop: Loop) {
        guard digests[session] == .asked else { return }
        digests[session] = digest.map { .read($0, loop.now) } ?? .stale(loop.now)
    }

    // MARK: Read states

    /// A change of the user's read states was told. They come nearly in order: the session's version is that up to which none is missing.
    func noteRead(_ version: UInt64, by session: Int32) {
        let version = UInt32(clamping: version)
        let cell = sessions.cells + Int(session)
        noteChange(of: session)
        if version <= cell.pointee.readVersion {
            // Told twice; or states are gone, and their versions come again.
            cell.pointee.readVersion = version
            return
        }
        guard version != cell.pointee.readVersion + 1 else { return advance(cell, session) }
        guard readAhead[session]?.count ?? 0 < Self.readAheadMax else {
            readAhead[session] = nil
            cell.pointee.digest = 0
            digests[session] = nil
            return
        }
        readAhead[session, default: []].insert(version)
    }

    private func advance(_ cell: UnsafeMutablePointer<LiveSession>, _ session: Int32) {
        cell.pointee.readVersion += 1
        while readAhead[session]?.remove(cell.pointee.readVersion &+ 1) != nil { cell.pointee.readVersion &+= 1 }
        if readAhead[session]?.isEmpty == true { readAhead[session] = nil }
    }

    /// Tells a session what changed while its node was not there, or before it was there itself.
    func tell(_ changes: [ReadChange], to session: Int32, on loop: Loop) {
        let known = sessions.cells[Int(session)].readVersion
        tellAll(changes.filter { UInt32(clamping: $0.notice.version) > known }, to: session, on: loop)
    }

    private func tellAll(_ changes: [ReadChange], to session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        for change in changes {
            guard cell.pointee.shard.id == 0 else { break }
            tell(acknowledged: change.notice, to: session, on: loop)
            guard cell.pointee.isLazy, let mention = change.mention else { continue }
            var notice = change.notice
            notice.message = mention
            tell(mentioned: notice, to: session, on: loop)
        }
        let newest = changes.map { UInt32(clamping: $0.notice.version) }.max() ?? 0
        guard newest > cell.pointee.readVersion else { return }
        cell.pointee.readVersion = newest
        readAhead[session] = nil
        noteChange(of: session)
    }

    func tell(acknowledged notice: ReadNotice, to session: Int32, on loop: Loop) {
        dispatch(
            DispatchFrame(event: "MESSAGE_ACK", for: .readState(version: notice.version)) {
                $0.messageAcknowledgement(notice)
            }, to: session, isKept: true, on: loop)
    }

    func tell(mentioned notice: ReadNotice, to session: Int32, on loop: Loop) {
        dispatch(
            DispatchFrame(event: "CHANNEL_UNREAD_UPDATE", for: .readState(version: notice.version)) {
                $0.channelUnreadUpdate(notice)
            }, to: session, isKept: true, on: loop)
    }

    /// Asks how the user has read since a version, in the place of dispatches that said so and are not sent again: the loop does not know who
    /// may see the channels to which nobody here subscribes.
    func askReadStates(of session: Int32, since version: UInt64, on loop: Loop) {
        guard !submitOrEnd(.readStates(after: version - min(version, 1)), for: session, on: loop) else { return }
        destroy(session, on: loop)
    }

    /// The answer. A session that cannot be told begins anew.
    func retell(_ changes: [ReadChange]?, to session: Int32, on loop: Loop) {
        if let changes { return tellAll(changes, to: session, on: loop) }
        let cell = sessions.cells + Int(session)
        if cell.pointee.isConnected { end(cell.pointee.connection, .tryAgain, on: loop) }
        destroy(session, on: loop)
    }
}
