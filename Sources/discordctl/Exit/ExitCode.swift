import Arguments

/// Every status with which the tool ends. The numbers from 64 on are those of sysexits.h; scripts depend on all of
/// them.
enum ExitCode: UInt8, CaseIterable, Sendable {
    case done = 0
    case failed = 1
    case refused = 2
    case cancelled = 3
    case usage = 64
    case badData = 65
    case notFound = 66
    case unknownUser = 67
    case unreachable = 69
    case internalError = 70
    case system = 71
    case cannotCreate = 73
    case inputOutput = 74
    case tryAgain = 75
    case versionSkew = 76
    case notAllowed = 77
    case configuration = 78
    case interrupted = 130
    case terminated = 143

    /// What the status means, for help and manual.
    var summary: String {
        switch self {
        case .done: "done, or nothing needed doing"
        case .failed: "finished with failures, or a check is false"
        case .refused: "refused, nothing was changed"
        case .cancelled: "cancelled: the question was not answered with yes"
        case .usage: "the line was not understood, or a question had nobody to answer it"
        case .badData: "the input is not usable"
        case .notFound: "a named thing or file does not exist"
        case .unknownUser: "no such user"
        case .unreachable: "the node or a backend cannot be reached; nothing was sent"
        case .internalError: "a fault in the program: please report it"
        case .system: "an address or a socket cannot be listened on"
        case .cannotCreate: "a file cannot be made"
        case .inputOutput: "reading or writing failed, or the data directory is locked, full or damaged"
        case .tryAgain: "the outcome is unknown or still to come; safe to run again"
        case .versionSkew: "program, node and data are not of one version"
        case .notAllowed: "not allowed"
        case .configuration: "the configuration is wrong, or tells of no node"
        case .interrupted: "interrupted; what the node accepted goes on"
        case .terminated: "terminated; what the node accepted goes on"
        }
    }

    /// Rows for a command's declaration.
    static func documented(_ codes: ExitCode...) -> [CommandBuilder.Part] {
        codes.map { .exitStatus(ExitStatus($0.rawValue, $0.summary)) }
    }

    /// The status of an admin API's error.
    init(adminCode code: String) {
        switch code {
        case "unknown_user": self = .unknownUser
        case _ where code.hasPrefix("unknown_"): self = .notFound
        case "invalid": self = .badData
        case "forbidden": self = .notAllowed
        case "conflict", "refused": self = .refused
        // The node answered, so it can be reached: what is down comes back, or the message is stored later.
        case "unavailable", "queued": self = .tryAgain
        default: self = .internalError
        }
    }
}
