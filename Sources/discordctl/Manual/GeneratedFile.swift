import FoundationEssentials

/// A file that is made from the declaration of the command line.
struct GeneratedFile: Hashable, Sendable {
    /// Its path below the directory that was asked for.
    var name: String
    var text: String

    func write(below directory: String) throws(CommandFailure) {
        let path = directory + "/" + name
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(
                .cannotCreate, code: "unwritable", "the file cannot be written", place: path,
                hint: "may this user write there?")
        }
    }
}
