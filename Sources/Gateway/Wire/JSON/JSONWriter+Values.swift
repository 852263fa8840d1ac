extension JSONWriter {
    /// Writes a tree. Recurses once a level: trees from ``JSONReader`` are at most ``JSONLimits/depth`` deep.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): self.value(flag)
        case .number(.integer(let integer)): self.value(integer)
        case .number(.unsigned(let integer)): self.value(integer)
        case .number(.other(let text)): raw(Array(text.utf8))
        case .string(let string): self.value(string)
        case .array(let elements):
            array { array in
                for element in elements { array.value(element) }
            }
        case .object(let members):
            object { object in
                for member in members.members {
                    object.key(dynamic: member.key)
                    object.value(member.value)
                }
            }
        }
    }
}

extension JSONValue {
    /// The value as JSON text without white space.
    package func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }
}
