/// Why a text is not acceptable JSON, and where.
package struct JSONError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The text ends inside a value, or is empty.
        case unexpectedEnd
        /// A byte that the grammar does not allow at this place.
        case unexpectedByte
        /// Something follows the value.
        case trailingBytes
        /// A number with a leading zero, or without digits where the grammar demands some.
        case invalidNumber
        /// A control character inside a string, which must be escaped.
        case controlCharacter
        /// A backslash followed by something other than RFC 8259 lists.
        case invalidEscape
        /// An escaped surrogate without its other half: no Unicode scalar, so no store could keep it.
        case loneSurrogate
        /// Bytes that are not UTF-8.
        case invalidUTF8
        /// Longer than ``JSONLimits/bytes``.
        case tooLong
        /// Deeper than ``JSONLimits/depth``.
        case tooDeep
        /// An object with more than ``JSONLimits/keysPerObject`` members.
        case tooManyKeys
        /// More than ``JSONLimits/nodes`` values.
        case tooManyNodes
        /// Well-formed, but no gateway payload: see ``GatewayPayload``.
        case notAPayload
    }

    package var code: Code

    /// The byte at which the reader gave up, counted from 0.
    package var offset: Int

    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }
}

/// What ``JSONReader`` takes from a stranger before it gives up.
package struct JSONLimits: Hashable, Sendable {
    /// Longest text.
    package var bytes: Int
    /// Deepest nesting; a scalar at the top has depth 0, `[]` depth 1. Bounds the recursion, so the reader never goes
    /// beyond 512 whatever is asked for.
    package var depth: Int
    /// Most members of one object, repeated keys counted each time.
    package var keysPerObject: Int
    /// Most values, containers included.
    package var nodes: Int

    package init(
        bytes: Int = WireLimits.jsonBytesMax,
        depth: Int = WireLimits.jsonDepthMax,
        keysPerObject: Int = WireLimits.jsonKeysPerObjectMax,
        nodes: Int = WireLimits.jsonNodesMax
    ) {
        self.bytes = bytes
        self.depth = depth
        self.keysPerObject = keysPerObject
        self.nodes = nodes
    }
}
