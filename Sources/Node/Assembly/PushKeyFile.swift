import Chat
import Glibc
import Interface

/// The key by which push services know this cluster, in the data directory: made once, and kept for as long as anybody
/// is subscribed with it.
enum PushKeyFile {
    static let name = "push.key"
    /// Base64url of 32 bytes, and a line feed.
    private static let bytesMax = 64

    /// Reads the key, or makes one when there is none.
    static func load(in directory: String, _ cipher: any PushCipher) throws(NodeError) -> PushKeyPair {
        let path = directory + "/" + name
        do throws(BackendError) {
            if let text = try read(path) {
                guard let bytes = Base64URL.decode(String(text.prefix { $0 != "\n" })) else { throw broken(path) }
                return try cipher.keyPair(ofPrivateKey: bytes)
            }
            let pair = try cipher.makeKeyPair()
            try write(Base64URL.encode(pair.privateKey) + "\n", to: path)
            return pair
        } catch {
            throw NodeError(error)
        }
    }

    /// `nil` when there is no file.
    private static func read(_ path: String) throws(BackendError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path, "cannot be read (error \(errno))")
        }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0, let text = String(validating: bytes.prefix(count), as: UTF8.self) else { throw broken(path) }
        return text
    }

    /// Written aside and put in place whole: half a key would lock everybody out.
    private static func write(_ text: String, to path: String) throws(BackendError) {
        let partial = path + ".part"
        unlink(partial)
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(partial, "cannot be made (error \(errno))") }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        Glibc.close(descriptor)
        guard isWritten, rename(partial, path) == 0 else { throw failure(path, "cannot be written (error \(errno))") }
    }

    private static func broken(_ path: String) -> BackendError {
        BackendError(
            .corrupt, operation: "push.key", target: path, detail: "it holds no key",
            hint: "restore it from a copy; without it everybody has to subscribe anew")
    }

    private static func failure(_ path: String, _ detail: String) -> BackendError {
        BackendError(
            .unavailable, operation: "push.key", target: path, detail: detail,
            hint: "may the node's user read and write in the data directory?")
    }
}
