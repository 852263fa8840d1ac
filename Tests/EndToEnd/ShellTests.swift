import Foundation
import Testing

/// Completion and manual as the machine's own shells and formatters take them.
@Suite("Shells and formatters")
struct ShellTests {
    /// The path of a program of this machine; `nil` where it is not installed.
    private static func program(_ name: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a script with the program under test in front of the path, and a home with two contexts.
    private func run(_ shell: String, _ arguments: [String], _ script: String) async throws -> String {
        let scratch = try Scratch()
        let folder = scratch.path + "/.config/discordctl"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let contexts = "contexts: {lab: {endpoints: [/x]}, prod: {endpoints: [/y], protected: true}}\n"
        _ = FileManager.default.createFile(
            atPath: folder + "/contexts", contents: Data(contexts.utf8), attributes: [.posixPermissions: 0o600])
        try Data("listen: 127.0.0.1:1\n".utf8).write(to: URL(filePath: scratch.path + "/settings.yaml"))
        let path = Program.discordctl.deletingLastPathComponent().path + ":/usr/bin:/bin"
        let outcome = try await Program.run(
            URL(filePath: shell), arguments + ["-c", script],
            environment: [
                "HOME": scratch.path, "XDG_CONFIG_HOME": "", "PATH": path, "ROOT": Program.root.path, "TERM": "dumb",
                "LC_ALL": "C.UTF-8",
            ], directory: URL(filePath: scratch.path), seconds: 60)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return outcome.output
    }

    /// What is typed before a tab, words that are offered, and words that are not.
    private static let cases: [(typed: String, offered: [String], withheld: [String])] = [
        ("discordctl gu", ["guild"], ["node"]), ("discordctl node st", ["start", "stop", "status"], ["guild"]),
        ("discordctl guild list --output=j", ["json"], ["yaml"]), ("discordctl guild list -o ", ["yaml"], ["prod"]),
        ("discordctl guild list --context ", ["lab", "prod"], ["json"]),
        ("discordctl context use p", ["prod"], ["lab"]),
        ("discordctl node stop --dead", ["--deadline"], ["--data-dir"]),
    ]

    @Test(.timeLimit(.minutes(5)))
    func bashCompletes() async throws {
        for (typed, offered, withheld) in Self.cases {
            // What readline does before it calls the function.
            let script = #"""
                source "$ROOT/completions/discordctl.bash"
                COMP_POINT=${#COMP_LINE} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
                _discordctl
                printf '%s\n' "${COMPREPLY[@]}"
                """#
            let words = try await run("/bin/bash", ["--norc"], "COMP_LINE='\(typed)'\n" + script)
                .split(separator: "\n").map(String.init)
            for word in offered { #expect(words.contains(word), "\(typed): \(words)") }
            for word in withheld { #expect(!words.contains(word), "\(typed): \(words)") }
        }
    }

    /// Types lines at an interactive shell, tabs among them, and prints what came on its terminal.
    private static let terminal = #"""
        import os, pty, select, sys, time
        pid, fd = pty.fork()
        if pid == 0:
            os.execvp(sys.argv[1], sys.argv[1:4])
        seen = b""
        def enter(number, line):
            global seen
            mark = b"done%d\r\n" % number
            os.write(fd, line.encode() + b"\necho do''ne%d\n" % number)
            end = time.time() + 40
            while mark not in seen:
                if time.time() > end:
                    sys.exit("waited in vain for %r: %r" % (mark, seen))
                if select.select([fd], [], [], 0.1)[0]:
                    seen += os.read(fd, 65536)
        for number, line in enumerate(sys.argv[4:]):
            enter(number, line)
        os.write(fd, b"exit\n")
        print(seen.decode(errors="replace").replace("\r", ""))
        """#

    private func type(_ lines: [String], at shell: [String]) async throws -> String {
        let words = (shell + lines).map { "$'" + $0.replacing("\t", with: "\\t").replacing("'", with: "\\'") + "'" }
        return try await run(
            "/bin/bash", ["--norc"], "python3 - \(words.joined(separator: " ")) <<'END'\n\(Self.terminal)\nEND\n")
    }

    private static let keys = [
        "discordctl conte\tli\t--outp\tna\t", "discordctl config che\tsett\t",
    ]

    private func check(_ seen: String) {
        #expect(seen.contains("\nlab\nprod\n"), "\(seen)")
        #expect(seen.contains("settings.yaml  "), "\(seen)")
    }

    @Test(.timeLimit(.minutes(5)))
    func bashCompletesAtATerminal() async throws {
        let setup = #"source "$ROOT/completions/discordctl.bash""#
        check(try await type([setup] + Self.keys, at: ["bash", "--norc", "-i"]))
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: ShellTests.program("zsh") != nil, "zsh is not installed"))
    func zshCompletesAtATerminal() async throws {
        let setup = #"fpath=($ROOT/completions $fpath); autoload -U compinit; compinit -u -D"#
        check(try await type([setup] + Self.keys, at: ["zsh", "-f", "-i"]))
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: ShellTests.program("zsh") != nil, "zsh is not installed"))
    func zshIsOfferedWhatMayStandThere() async throws {
        let zsh = try #require(Self.program("zsh"))
        for (typed, offered, withheld) in Self.cases {
            // zsh's helpers are replaced by ones that say what they are given.
            let script = #"""
                fpath=($ROOT/completions $fpath)
                autoload -U _discordctl
                compdef() { }
                compset() { }
                _describe() { print -rl -- "${(@P)3}" }
                words=(${(z)TYPED}); [[ $TYPED == *' ' ]] && words+=('')
                CURRENT=$#words PREFIX=$words[-1]
                _discordctl
                """#
            let text = try await run(zsh, ["-f"], "TYPED='\(typed)'\n" + script)
            let words = text.split(separator: "\n").map { line in
                String(line.prefix { $0 != ":" }.split(separator: "=").last ?? "")
            }
            for word in offered { #expect(words.contains(word), "\(typed): \(text)") }
            for word in withheld { #expect(!words.contains(word), "\(typed): \(text)") }
        }
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: ShellTests.program("fish") != nil, "fish is not installed"))
    func fishCompletes() async throws {
        let fish = try #require(Self.program("fish"))
        for (typed, offered, withheld) in Self.cases {
            let script = "source $ROOT/completions/discordctl.fish\ncomplete -C'\(typed)'"
            let text = try await run(fish, ["--no-config"], script)
            let words = text.split(separator: "\n").map { line in
                String(line.prefix { $0 != "\t" }.split(separator: "=").last ?? "")
            }
            for word in offered { #expect(words.contains(word), "\(typed): \(text)") }
            for word in withheld { #expect(!words.contains(word), "\(typed): \(text)") }
        }
        let paths = try await run(
            fish, ["--no-config"],
            "source $ROOT/completions/discordctl.fish\ncomplete -C'discordctl node start --config=sett'\ncomplete -C'discordctl config check sett'"
        )
        #expect(paths.contains("--config=settings.yaml") && paths.contains("\nsettings.yaml"), "\(paths)")
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: ShellTests.program("mandoc") != nil, "mandoc is not installed"))
    func mandocFindsNoFaultWithThePages() async throws {
        let script = #"mandoc -T lint -W warning "$ROOT"/man/man1/*.1 "$ROOT"/man/man5/*.5"#
        #expect(try await run("/bin/bash", ["--norc"], script + " 2>&1") == "")
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: ShellTests.program("groff") != nil, "groff is not installed"))
    func groffFindsNoFaultWithThePages() async throws {
        let script =
            #"for page in "$ROOT"/man/man1/*.1 "$ROOT"/man/man5/*.5; do groff -mdoc -ww -z -Tutf8 "$page"; done"#
        #expect(try await run("/bin/bash", ["--norc"], script + " 2>&1") == "")
    }

    @Test(.timeLimit(.minutes(5)))
    func aTabWithoutAnyNodeIsAnsweredAtOnce() async throws {
        let scratch = try Scratch()
        let start = ContinuousClock.now
        for _ in 0..<2 {
            let outcome = try await Program.run(
                Program.discordctl, ["__complete", "fish", "guild", "list", "--context", ""],
                environment: ["HOME": scratch.path, "DISCORDCTL_ENDPOINT": "/dev/null"])
            #expect(outcome.status == 0 && outcome.output == ":done\n" && outcome.errors.isEmpty)
        }
        // Loaded machines are slow to start programs; what must not happen is waiting for somebody.
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
