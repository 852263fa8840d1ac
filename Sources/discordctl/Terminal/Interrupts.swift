import Glibc

/// What Ctrl-C and SIGTERM do to a command that waits for a node: they end the waiting, never the node's work.
///
/// Nothing needs cleaning up here (no terminal mode is changed, no file is half-written), so the handlers only say
/// good-bye and leave, with functions that a handler may call (signal-safety(7)).
enum Interrupts {
    static func exitQuietly() {
        signal(SIGINT) { _ in _exit(130) }
        signal(SIGTERM) { _ in _exit(143) }
    }

    /// For a command that has set the node to work.
    static func exitSayingThatWorkGoesOn() {
        signal(SIGINT) { _ in
            Interrupts.say("\ndetached; the node goes on stopping. look with: discordctl node status\n")
            _exit(130)
        }
        signal(SIGTERM) { _ in
            Interrupts.say("detached; the node goes on stopping. look with: discordctl node status\n")
            _exit(143)
        }
    }

    /// The same for work on the index.
    static func exitSayingThatTheIndexIsWorkedOn() {
        signal(SIGINT) { _ in
            Interrupts.say("\ndetached; the node goes on. look with: discordctl index status\n")
            _exit(130)
        }
        signal(SIGTERM) { _ in
            Interrupts.say("detached; the node goes on. look with: discordctl index status\n")
            _exit(143)
        }
    }

    private static func say(_ text: StaticString) {
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// Ends as if the broken pipe had ended the process: quietly, and so that a shell sees it.
    static func endByBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        _exit(141)
    }
}
