import Chat
import Services
import Wire

/// Reads an object of a request body field by field. Nothing is thrown before ``check()``: every wrong field is
/// reported at once.
///
/// Keys that nobody asks for are ignored, as Discord does.
struct FormReader {
    private let members: JSONObject
    private let path: [String]
    let errors: FormErrors

    init(object: JSONObject, path: [String] = [], errors: FormErrors = FormErrors()) {
        members = object
        self.path = path
        self.errors = errors
    }

    /// A whole body.
    init(_ body: JSONValue) throws(APIError) {
        guard let object = body.object else {
            throw FieldError(path: [], code: "DICT_TYPE_CONVERT", message: "The body has to be an object.").asForm
        }
        self.init(object: object)
    }

    /// Ends the handler if any field read so far was wrong.
    func check() throws(APIError) {
        try errors.check()
    }

    /// Whether every field read so far was right.
    var isValid: Bool { errors.list.isEmpty }

    /// Everything that was wrong so far.
    var failure: APIError { .invalidForm(errors.list) }

    /// The field; `nil` when it is absent or null.
    subscript(_ key: String) -> FormField? {
        guard let value = members[key], !value.isNull else { return nil }
        return FormField(value: value, path: path + [key], errors: errors)
    }

    /// The keys, for objects that are tables.
    var keys: [String] { members.members.map(\.key) }

    /// Whether the key is there, be it with null.
    func has(_ key: String) -> Bool { members[key] != nil }

    /// A field that has to be there; when it is not, or is wrong, an error stands for it.
    func required<Value>(_ key: String, _ read: (FormField) -> Value?) -> Value? {
        guard let field = self[key] else {
            errors.add(.required(path + [key]))
            return nil
        }
        return read(field)
    }

    /// A nullable field of a partial change: absent keeps, null clears.
    func change<Value>(_ key: String, _ read: (FormField) -> Value?) -> Change<Value?> {
        guard has(key) else { return .keep }
        guard let field = self[key] else { return .set(nil) }
        guard let value = read(field) else { return .keep }
        return .set(value)
    }

    /// Adds an error about a field.
    func fail(_ key: String, _ code: String, _ message: String) {
        errors.add(FieldError(path: path + [key], code: code, message: message))
    }

    /// Names each of these fields that holds something: what would be ignored has to be refused instead where a client
    /// would otherwise believe that it took effect.
    func refuse(_ keys: String...) {
        for key in keys {
            if let field = self[key], !field.isEmpty { errors.add(.notSupported(path + [key])) }
        }
    }
}
