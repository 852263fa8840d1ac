import Arguments
import Node

/// A node's configuration, put together from a file, the environment and options.
enum NodeSetup {
    static func file(_ path: Path) throws(CommandFailure) -> ConfigurationFile {
        // One byte more than allowed, so that the file itself says that it is too large.
        ConfigurationFile(text: try InputText.read(path, bytesMax: ConfigurationFile.bytesMax + 1), path: path.display)
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
