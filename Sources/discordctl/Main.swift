import Arguments
import FoundationEssentials
import Glibc

@main
enum Main {
    static func main() async {
        let environment = ProcessInfo.processInfo.environment
        let line = CommandLineRun(
            words: words(), environment: environment, output: DescriptorSink(descriptor: STDOUT_FILENO),
            errors: DescriptorSink(descriptor: STDERR_FILENO), facts: .current(environment)
        )
        do {
            exit(Int32(try await line.run().rawValue))
        } catch {
            if error.isReaderGone { Interrupts.endByBrokenPipe() }
            line.errors.complain(
                "discordctl: error: cannot write the result: \(InputText.systemMessage(error.number))\n")
            exit(Int32(ExitCode.inputOutput.rawValue))
        }
    }

    /// The words behind the program's name as the kernel gave them: `CommandLine.arguments` repairs invalid UTF-8, and
    /// what was typed is lost.
    private static func words() -> [Word] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            guard let start = CommandLine.unsafeArgv[index] else { return nil }
            return Word(bytes: UnsafeBufferPointer(start: start, count: strlen(start)).map { UInt8(bitPattern: $0) })
        }
    }
}

extension TextSink {
    /// Writes where nothing can be done about a failure.
    fileprivate func complain(_ text: String) { try? write(text) }
}
