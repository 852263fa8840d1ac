import Arguments
import Node
import Operations

/// A node's configuration, put together from a file, the environment and options.
enum NodeSetup {
    static func file(_ path: Path) throws(CommandFailure) -> ConfigurationFile {
        // One byte more than allowed, so that the file itself says that it is too large.
        ConfigurationFile(text: try InputText.read(path, bytesMax: ConfigurationFile.bytesMax + 1), path: path.display)
    }

    /// Where the configuration file that 'node start' reads has a node place its admin socket; `nil` when it does not say, or cannot be read.
    static func configuredSocket(_ paths: LocalPaths) -> String? {
        guard let usual = paths.configurationFile, let file = try? file(Path(bytes: Array(usual.utf8))) else {
            return nil
        }
        let socket = file.entries["admin.socket"]?.text ?? file.entries["data-dir"].map { $0.text + "/admin.sock" }
        // A relative one began where the node was started.
        return socket.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// - Throws: every problem at once; ``ExitCode/refused`` when the configuration is sound, and only not safe.
    static func configuration(
        flags: [String: String], environment: [String: String], file: ConfigurationFile?
    ) throws(CommandFailure) -> NodeConfiguration {
        do {
            return try NodeConfiguration(flags: flags, environment: environment, file: file)
        } catch {
            // If the permission to listen openly is all that lacks, nothing is wrong with the values.
            let permitted = flags.merging(["insecure-listen": "true"]) { _, new in new }
            let isOnlyUnsafe = (try? NodeConfiguration(flags: permitted, environment: environment, file: file)) != nil
            throw CommandFailure(error, exit: isOnlyUnsafe ? .refused : .configuration)
        }
    }
}
