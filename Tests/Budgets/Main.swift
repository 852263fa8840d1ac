import CCallgrind
import Glibc

/// Runs one fixed scenario for BudgetTests, which counts its instructions under callgrind: `Budgets fanout`.
///
/// Only the stretch that matters is counted. The number of units that the count is divided by is printed.
@main
struct Main {
    /// Not `async`: libdispatch's way of ending the first thread is one that valgrind 3.19 does not survive.
    static func main() {
        let scenario = CommandLine.arguments.dropFirst().first
        Task.detached {
            do {
                print("units \(try await units(of: scenario))")
                // What still runs in the background is of no use to anybody.
                exit(0)
            } catch {
                print("error: \(error)")
                exit(1)
            }
        }
        while true { sleep(3_600) }
    }

    private static func units(of scenario: String?) async throws -> Int {
        switch scenario {
        case "fanout": return try await Fanout.run()
        case "send": return try await Send.run()
        case "parse": return try Parse.run()
        default: throw Failure("usage: Budgets fanout|send|parse")
        }
    }
}

/// Whoever built the world is not what is asked about.
func counted<Value>(_ body: () async throws -> Value) async rethrows -> Value {
    callgrind_start()
    defer { callgrind_stop() }
    return try await body()
}
