import FoundationEssentials
import Glibc
import Node
import Operations

/// The contexts file of this user: read whole, and replaced whole.
struct ContextStore: Sendable {
    /// How long a change waits for another one.
    private static let lockLimit = Duration.seconds(2)

    let path: String
    /// Where the name of the context before the current one is kept; `nil` when no home tells.
    private let previousPath: String?

    /// `nil` when neither XDG_CONFIG_HOME nor HOME tells where the file is.
    init?(_ paths: LocalPaths) {
        guard let path = paths.contextsFile else { return nil }
        self.path = path
        previousPath = paths.stateDirectory.map { $0 + "/previous-context" }
    }

    /// The store, for a command that is of no use without one.
    static func required(_ paths: LocalPaths) throws(CommandFailure) -> ContextStore {
        guard let store = ContextStore(paths) else {
            throw CommandFailure(
                .configuration, code: "no_home", "neither XDG_CONFIG_HOME nor HOME tells where the contexts file is")
        }
        return store
    }

    /// What the file says; nothing, when there is none.
    /// - Throws: everything that is wrong with it, each with its line.
    func load() throws(CommandFailure) -> ContextsFile {
        guard let text = try text() else { return ContextsFile() }
        do {
            return try ContextsFile(text: text, path: path, formats: OutputFormat.allCases.map(\.rawValue))
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Changes the file: no other change comes in between, and readers see the old file or the new one.
    func update<Result>(
        _ change: (inout ContextsFile) throws(CommandFailure) -> Result
    ) throws(CommandFailure) -> Result {
        let target = resolvedPath
        let directory = String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)])
        try makeDirectory(directory)
        let lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw cannotWrite(directory, errno) }
        defer { close(lock) }
        try take(lock)
        var file = try load()
        let before = file
        let result = try change(&file)
        if file != before { try write(Self.text(of: file), to: target, in: lock) }
        return result
    }

    /// Notes whose the context is, unless somebody changed it in the meantime.
    func pin(_ context: ClusterContext, to cluster: String) throws(CommandFailure) {
        try update { file throws(CommandFailure) in
            guard let index = file.contexts.firstIndex(of: context) else { return }
            file.contexts[index].clusterID = cluster
        }
    }

    // MARK: The context before

    /// The name that 'use -' goes back to.
    var previous: String? {
        guard let previousPath, let data = FileManager.default.contents(atPath: previousPath), data.count <= 64 else {
            return nil
        }
        let name = String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init)
        return name.flatMap { ClusterContext.isName($0) ? $0 : nil }
    }

    /// Keeps a name for 'use -'. Going back is a convenience: where it cannot be kept, nothing else fails.
    func notePrevious(_ name: String?) {
        guard let name, let previousPath, let slash = previousPath.lastIndex(of: "/") else { return }
        try? FileManager.default.createDirectory(
            atPath: String(previousPath[..<slash]), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try? Data((name + "\n").utf8).write(to: URL(filePath: previousPath), options: .atomic)
    }

    // MARK: Reading

    private func text() throws(CommandFailure) -> String? {
        // A pipe in the file's place must not hold anybody up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if [ENOENT, ENOTDIR].contains(errno) { return nil }
            throw unusable("it cannot be opened: \(InputText.systemMessage(errno))", hint: "may this user read it?")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw unusable("it cannot be examined: \(InputText.systemMessage(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw unusable(
                isDirectory ? "it is a directory" : "it is no regular file",
                hint: "move it away: the file is made by 'discordctl context add'")
        }
        let own = geteuid()
        guard own == 0 || status.st_uid == own || status.st_uid == 0 else {
            throw unusable("it belongs to user \(status.st_uid), who could send commands to a cluster of their choice")
        }
        // It holds addresses, no secrets: reading it harms nobody. Who can write it chooses where commands go.
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw unusable(
                "others may write it, and so send commands to a cluster of their choice",
                hint: "chmod 600 \(SafeLine.shellWord(path))")
        }
        do {
            // One byte more than allowed, so that the file itself says that it is too large.
            return try InputText.text(of: descriptor, name: path, bytesMax: ContextsFile.bytesMax + 1)
        } catch var failure {
            failure.exit = .configuration
            throw failure
        }
    }

    private func unusable(_ message: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(
            .configuration, code: "contexts_file", "the contexts file cannot be used: \(message)", place: path,
            hint: hint)
    }

    // MARK: Writing

    /// The file behind symbolic links, which stay.
    private var resolvedPath: String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func makeDirectory(_ path: String) throws(CommandFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .cannotCreate, code: "unwritable_contexts", "cannot make the directory of the contexts file",
                place: path, hint: "may this user write there?")
        }
    }

    private func take(_ lock: Int32) throws(CommandFailure) {
        let clock = ContinuousClock()
        let end = clock.now + Self.lockLimit
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw cannotWrite(path, errno) }
            guard clock.now < end else {
                throw CommandFailure(
                    .tryAgain, code: "contexts_busy", "another program is changing the contexts file", place: path,
                    isRetryable: true)
            }
            usleep(10_000)
        }
    }

    private func write(_ text: String, to target: String, in directory: Int32) throws(CommandFailure) {
        let partial = "\(target).\(getpid()).part"
        unlink(partial)
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw cannotWrite(partial, errno) }
        do {
            try DescriptorSink(descriptor: descriptor).write(text)
        } catch {
            close(descriptor)
            unlink(partial)
            throw cannotWrite(partial, error.number)
        }
        let isSafe = fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        guard isSafe else {
            unlink(partial)
            throw cannotWrite(partial, number)
        }
        guard rename(partial, target) == 0 else {
            let number = errno
            unlink(partial)
            throw cannotWrite(target, number)
        }
        // The new name itself has to survive a power cut too.
        guard fsync(directory) == 0 else { throw cannotWrite(target, errno) }
    }

    private func cannotWrite(_ place: String, _ number: Int32) -> CommandFailure {
        CommandFailure(
            .cannotCreate, code: "unwritable_contexts",
            "the contexts file cannot be written: \(InputText.systemMessage(number))", place: place)
    }

    /// The file's text, in a form that ``ContextsFile`` reads back.
    static func text(of file: ContextsFile) -> String {
        let contexts = file.contexts.map { context in
            DocumentField(context.name, .map(fields(of: context)))
        }
        var keys: [DocumentField] = []
        if let current = file.current { keys.append(DocumentField(ContextsFile.currentKey, current)) }
        keys.append(DocumentField(ContextsFile.contextsKey, .map(contexts)))
        return "# Written by 'discordctl context', which keeps no comments. See discordctl(5).\n"
            + YAMLText.document(.map(keys))
    }

    private static func fields(of context: ClusterContext) -> [DocumentField] {
        var fields: [DocumentField] = []
        for field in ClusterContext.Field.allCases {
            let value: DocumentValue? =
                switch field {
                case .endpoints: .list(context.endpoints.map { .text($0.description) })
                case .output: context.output.map { .text($0) }
                case .protected: context.isProtected ? .flag(true) : nil
                case .prompt: context.prompt.map { .text($0) }
                case .clusterID: context.clusterID.map { .text($0) }
                }
            if let value { fields.append(DocumentField(field.rawValue, value)) }
        }
        return fields
    }
}
