import Glibc
import Interface

/// The bytes of files in a directory: `attachments/{first two digits of the key}/{key}`, and `{key}.part` while a file is
/// written. A path is made of a key alone, never of anything a client says. All calls block.
struct FileShelf: Sendable {
    let path: String

    /// Makes the directory when there is none.
    init(_ path: String) throws(BackendError) {
        self.path = path
        try Self.makeDirectory(path)
    }

    /// Whether a text is a key, and so may be part of a path.
    static func isKey(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private func folder(of key: String) -> String { path + "/" + key.prefix(2) }
    private func finished(_ key: String) -> String { folder(of: key) + "/" + key }
    private func partial(_ key: String) -> String { finished(key) + ".part" }

    /// Makes an empty partial file. A link that somebody put there is not followed.
    func create(_ key: String) -> Result<Int32, BackendError> {
        do throws(BackendError) {
            try Self.makeDirectory(folder(of: key))
        } catch {
            return .failure(error)
        }
        let descriptor = open(partial(key), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return .failure(DataDirectory.systemError("attachments.begin", partial(key))) }
        return .success(descriptor)
    }

    func append(_ bytes: [UInt8], to descriptor: Int32, _ key: String) -> Result<Void, BackendError> {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                return .failure(DataDirectory.systemError("attachments.write", partial(key)))
            }
            rest = rest.dropFirst(written)
        }
        return .success(())
    }

    /// Puts a partial file on the disk, its name included, and closes it.
    func publish(_ key: String, _ descriptor: Int32) -> Result<Void, BackendError> {
        func failure(_ place: String) -> Result<Void, BackendError> {
            .failure(DataDirectory.systemError("attachments.finish", place))
        }
        // A failed fsync may have dropped what it could not write: the file is not tried again.
        let isSynced = fsync(descriptor) == 0
        let error = isSynced ? nil : DataDirectory.systemError("attachments.finish", partial(key))
        Glibc.close(descriptor)
        if let error { return .failure(error) }
        guard rename(partial(key), finished(key)) == 0 else { return failure(partial(key)) }
        let folder = open(folder(of: key), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return failure(self.folder(of: key)) }
        defer { Glibc.close(folder) }
        guard fsync(folder) == 0 else { return failure(self.folder(of: key)) }
        return .success(())
    }

    /// `nil` when there is no such file.
    func read(_ key: String, from offset: UInt64, count: Int) -> Result<[UInt8]?, BackendError> {
        let descriptor = open(finished(key), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            // ELOOP: a link is no file of ours.
            if errno == ENOENT || errno == ELOOP { return .success(nil) }
            return .failure(DataDirectory.systemError("attachments.read", finished(key)))
        }
        defer { Glibc.close(descriptor) }
        guard let start = off_t(exactly: offset) else { return .success([]) }
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, start + off_t(filled))
            }
            if got < 0 {
                if errno == EINTR { continue }
                return .failure(DataDirectory.systemError("attachments.read", finished(key)))
            }
            if got == 0 { break }
            filled += got
        }
        return .success(Array(bytes.prefix(filled)))
    }

    /// Removes a file and what was being written of it; that it is not there is as good.
    func remove(_ key: String) -> Result<Void, BackendError> {
        for name in [finished(key), partial(key)] where unlink(name) != 0 && errno != ENOENT {
            return .failure(DataDirectory.systemError("attachments.remove", name))
        }
        return .success(())
    }

    private static func makeDirectory(_ path: String) throws(BackendError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw DataDirectory.systemError("attachments.begin", path)
    }
}
