import BackendContracts
import FoundationEssentials
import Interface
import Testing

@testable import EmbeddedBackend

/// Files that were cut or changed while nobody had them open: what is lost is named, never silently missing.
@Suite("Damaged files") struct DamageTests {
    private let directory: TemporaryDirectory
    private static let records = 40

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A copy of the data directory of a node that appended records one by one and was then killed.
    private func killed(closingFirst: Bool = false) async throws -> TemporaryDirectory {
        let opened = try Opened(in: directory)
        for number in 0..<Self.records {
            let payload = Array(repeating: UInt8(number), count: 200)
            _ = try await opened.backends.log.append([NewRecord(topic: .messages, key: 1, payload: payload)])
        }
        if closingFirst { try opened.backends.close() }
        let copy = try TemporaryDirectory()
        _ = try TemporaryCopy.copy(of: directory.path, to: copy.path)
        if !closingFirst { try opened.backends.close() }
        return copy
    }

    private enum Outcome: Equatable {
        case refused(BackendError.Code)
        case kept(Int)
    }

    /// Opens a directory and reads the log from end to end; what comes back has to be a prefix of what was appended.
    private func outcome(_ directory: TemporaryDirectory) async throws -> Outcome {
        do {
            let backends = try Opened(in: directory).backends
            defer { try? backends.close() }
            let partition = LogSlot.partition(ofKey: 1, among: 16)
            let read = try await backends.log.read(.messages, partition: partition, from: 0, limit: 99, bytesMax: .max)
            for (number, record) in read.enumerated() {
                #expect(record.position.offset == UInt64(number))
                #expect(record.payload == Array(repeating: UInt8(number), count: 200))
            }
            return .kept(read.count)
        } catch let error as BackendError {
            #expect(!error.target.isEmpty && error.hint != nil)
            return .refused(error.code)
        }
    }

    private func change(_ file: String, in directory: TemporaryDirectory, _ body: (inout [UInt8]) -> Void) throws {
        let url = URL(filePath: directory.file(file))
        var bytes = Array(try Data(contentsOf: url))
        body(&bytes)
        try Data(bytes).write(to: url)
    }

    @Test func aKilledNodeKeepsAllThatWasAcknowledged() async throws {
        #expect(try await outcome(killed()) == .kept(Self.records))
    }

    @Test(arguments: [1, 24, 4_096])
    func aTornTailIsCutAtTheLastWholeCommit(_ cut: Int) async throws {
        let copy = try await killed()
        try change("log.db-wal", in: copy) { $0.removeLast(cut) }
        #expect(try await outcome(copy) == .kept(Self.records - 1))
    }

    @Test(arguments: [40, 500, 20_000])
    func aFlippedBitInTheMiddleOfTheWALIsRefused(_ offset: Int) async throws {
        let copy = try await killed()
        try change("log.db-wal", in: copy) { $0[offset] ^= 0x10 }
        #expect(try await outcome(copy) == .refused(.corrupt))
    }

    @Test func aDamagedWALHeaderIsRefused() async throws {
        let copy = try await killed()
        try change("log.db-wal", in: copy) { $0[25] ^= 1 }
        #expect(try await outcome(copy) == .refused(.corrupt))
    }

    @Test func aShortDatabaseIsRefused() async throws {
        let copy = try await killed(closingFirst: true)
        try change("log.db", in: copy) { $0.removeLast(4_096) }
        #expect(try await outcome(copy) == .refused(.corrupt))
    }

    @Test func noFlippedBitInARecordGoesUnnoticed() async throws {
        let copy = try await killed(closingFirst: true)
        let whole = Array(try Data(contentsOf: URL(filePath: copy.file("log.db"))))
        // The payload of record 7 stands in the file as it was given.
        let payload = Array(repeating: UInt8(7), count: 200)
        let start = try #require((0..<whole.count - 200).first { whole[$0..<$0 + 200].elementsEqual(payload) })
        try change("log.db", in: copy) { $0[start + 100] ^= 1 }
        #expect(try await outcome(copy) == .refused(.corrupt))
    }
}
