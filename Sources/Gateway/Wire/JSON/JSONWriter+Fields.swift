/// Keys with their values in one call. An optional value that is `nil` is written as null; to leave a key out, don't call.
extension JSONWriter {
    package mutating func object(_ key: StaticString, _ members: (inout JSONWriter) -> Void) {
        self.key(key)
        object(members)
    }

    package mutating func array(_ key: StaticString, _ elements: (inout JSONWriter) -> Void) {
        self.key(key)
        array(elements)
    }

    package mutating func field(_ key: StaticString, _ value: String?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ key: StaticString, _ value: Int?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ key: StaticString, _ value: Int64?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ key: StaticString, _ value: UInt64?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ key: StaticString, _ value: Bool?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ key: StaticString, _ value: Double?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    package mutating func field(_ key: StaticString, _ value: JSONValue) {
        self.key(key)
        self.value(value)
    }

    /// An id or a bit set: a string of decimal digits.
    package mutating func field(_ key: StaticString, snowflake: UInt64?) {
        self.key(key)
        if let snowflake { self.snowflake(snowflake) } else { null() }
    }

    package mutating func field(_ key: StaticString, unixMilliseconds: Int64?) {
        self.key(key)
        if let unixMilliseconds { timestamp(unixMilliseconds: unixMilliseconds) } else { null() }
    }

    /// A value that has been encoded before.
    package mutating func field(_ key: StaticString, raw: [UInt8]) {
        self.key(key)
        self.raw(raw)
    }

    /// An array of ids.
    package mutating func field(_ key: StaticString, snowflakes: some Sequence<UInt64>) {
        array(key) { array in
            for id in snowflakes { array.snowflake(id) }
        }
    }

    package mutating func null(_ key: StaticString) {
        self.key(key)
        null()
    }
}
