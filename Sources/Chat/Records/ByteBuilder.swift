/// Bytes that grow at their end. Writers of records and of JSON put them together from dozens of small pieces, and an array would look at
/// its owner, its capacity and its bounds for every one of them.
package struct ByteBuilder: ~Copyable {
    // Open to being inlined where the pieces are appended, in other modules.
    @usableFromInline package internal(set) var count = 0
    @usableFromInline var capacity: Int
    /// An object, because memory that Swift allocates for a bare pointer has an alignment for which the C library passes over its caches.
    private var block: ManagedBuffer<Void, UInt8>
    /// Into the block.
    @usableFromInline var storage: UnsafeMutablePointer<UInt8>

    /// - Parameter capacity: room to allocate at once.
    package init(capacity: Int) {
        self.capacity = max(64, capacity)
        (block, storage) = Self.allocate(self.capacity)
    }

    /// The bytes so far, in an array that takes no more room than they do.
    package var bytes: [UInt8] { [UInt8](UnsafeBufferPointer(start: storage, count: count)) }

    /// The bytes from an offset on, to be changed in place.
    package mutating func withBytes<Result>(
        from offset: Int, _ body: (UnsafeMutableRawBufferPointer) -> Result
    ) -> Result {
        precondition(offset >= 0 && offset <= count, "no such byte")
        return body(UnsafeMutableRawBufferPointer(start: storage + offset, count: count - offset))
    }

    @inlinable package mutating func append(_ byte: UInt8) {
        reserve(1).pointee = byte
        count &+= 1
    }

    @inlinable package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(reserve(bytes.count)).copyMemory(from: start, byteCount: bytes.count)
        count &+= bytes.count
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// The UTF-8 of a text.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// A literal as it is.
    @inlinable package mutating func append(literal text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(repeating byte: UInt8, count added: Int) {
        reserve(added).update(repeating: byte, count: added)
        count &+= added
    }

    /// A number in decimal digits.
    package mutating func append(decimal number: UInt64) {
        // As many as the largest number has; they are made from the last one on, and then moved to where they belong.
        let digitsMax = 20
        let start = reserve(digitsMax)
        var rest = number
        var first = digitsMax
        repeat {
            first &-= 1
            let quotient = rest / 10
            start[first] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            rest = quotient
        } while rest != 0
        let digits = digitsMax &- first
        start.update(from: start + first, count: digits)
        count &+= digits
    }

    /// The last digits of a number, with zeros in front if it has fewer.
    package mutating func append(decimal number: UInt64, digits: Int) {
        let start = reserve(digits)
        var rest = number
        for index in stride(from: digits &- 1, through: 0, by: -1) {
            let quotient = rest / 10
            start[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            rest = quotient
        }
        count &+= digits
    }

    /// A number in base 128, seven bits a byte, the low end first; all bytes but the last have their high bit set.
    package mutating func append(varint number: UInt64) {
        var rest = number
        var end = reserve(10)
        let start = end
        while rest >= 0x80 {
            end.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            end += 1
            rest >>= 7
        }
        end.pointee = UInt8(truncatingIfNeeded: rest)
        count &+= end - start + 1
    }

    /// Makes room for so many more bytes and says where they go.
    @inlinable @inline(__always)
    mutating func reserve(_ added: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity &- count < added { grow(by: added) }
        return storage + count
    }

    @usableFromInline mutating func grow(by added: Int) {
        let larger = max(2 * capacity, count + added)
        let (moved, place) = Self.allocate(larger)
        place.update(from: storage, count: count)
        (block, storage, capacity) = (moved, place, larger)
    }

    private static func allocate(_ capacity: Int) -> (ManagedBuffer<Void, UInt8>, UnsafeMutablePointer<UInt8>) {
        let block = ManagedBuffer<Void, UInt8>.create(minimumCapacity: capacity) { _ in }
        return (block, block.withUnsafeMutablePointerToElements { $0 })
    }
}
