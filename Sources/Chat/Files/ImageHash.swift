/// What an avatar or an icon is called in objects and addresses, as in Discord: the key of its file, behind `a_` when it
/// moves, by which client libraries know that they may ask for a GIF.
package enum ImageHash {
    private static let movingMark = "a_"

    package static func make(key: String, type: MediaType) -> String { type == .gif ? movingMark + key : key }

    /// The key of its file. Whether there is one is another question.
    package static func key(_ hash: String) -> String {
        hash.hasPrefix(movingMark) ? String(hash.dropFirst(movingMark.count)) : hash
    }
}
