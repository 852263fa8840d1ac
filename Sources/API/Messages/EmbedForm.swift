import Chat
import Services
import Wire

/// Embeds as clients describe them, written anew: only keys that embeds have, only values of the right kind, never
/// null. What is echoed to others must not be able to break their libraries.
enum EmbedForm {
    // Characters, as Discord documents them.
    private static let titleMax = 256
    private static let descriptionMax = 4_096
    private static let fieldsMax = 25
    private static let fieldNameMax = 256
    private static let fieldValueMax = 1_024
    private static let footerMax = 2_048
    private static let authorMax = 256
    /// Of all embeds of a message together.
    private static let totalMax = 6_000
    private static let urlMax = 2_048

    /// The JSON array to store; `nil` when something is wrong, empty for none.
    static func embeds(_ field: FormField) -> [UInt8]? {
        guard let elements = field.list(max: Limits.embedsPerMessageMax), !elements.isEmpty else { return [] }
        var total = 0
        var json = JSONWriter()
        json.array { array in
            for element in elements {
                guard let reader = element.object() else { continue }
                let errorsBefore = reader.errors.list.count
                let embed = embed(reader, total: &total)
                if embed.count == 0, reader.errors.list.count == errorsBefore {
                    reader.fail("description", "BASE_TYPE_REQUIRED", "An embed has to show something.")
                }
                array.value(.object(embed))
            }
        }
        guard total <= totalMax else {
            return field.fail(
                "MAX_EMBED_SIZE_EXCEEDED", "The texts of all embeds together may have at most \(totalMax) characters.")
        }
        let bytes = json.bytes
        guard bytes.count <= Limits.embedBytesMax else {
            return field.fail(
                "MAX_EMBED_SIZE_EXCEEDED", "All embeds together may have at most \(Limits.embedBytesMax) bytes.")
        }
        return bytes
    }

    /// - Parameter total: grows by the characters that count towards the limit of a message.
    private static func embed(_ reader: FormReader, total: inout Int) -> JSONObject {
        var embed = JSONObject()
        text("title", of: reader, max: titleMax, into: &embed, total: &total)
        text("description", of: reader, max: descriptionMax, into: &embed, total: &total)
        url("url", of: reader, into: &embed)
        if let field = reader["timestamp"], let text = timestamp(field) { embed.set("timestamp", .string(text)) }
        if let color = reader["color"]?.integer(in: 0...0xFF_FF_FF) { embed.set("color", .number(.integer(color))) }
        if let footer = reader["footer"]?.object() {
            var object = JSONObject()
            text("text", of: footer, max: footerMax, into: &object, total: &total)
            url("icon_url", of: footer, isImage: true, into: &object)
            set("footer", object, in: &embed)
        }
        if let author = reader["author"]?.object() {
            var object = JSONObject()
            text("name", of: author, max: authorMax, into: &object, total: &total)
            url("url", of: author, into: &object)
            url("icon_url", of: author, isImage: true, into: &object)
            set("author", object, in: &embed)
        }
        for key in ["image", "thumbnail"] {
            guard let image = reader[key]?.object() else { continue }
            var object = JSONObject()
            url("url", of: image, isImage: true, into: &object)
            set(key, object, in: &embed)
        }
        fields(of: reader, into: &embed, total: &total)
        if embed.count > 0 { embed.set("type", .string("rich")) }
        return embed
    }

    private static func fields(of reader: FormReader, into embed: inout JSONObject, total: inout Int) {
        guard let elements = reader["fields"]?.list(max: fieldsMax), !elements.isEmpty else { return }
        var fields: [JSONValue] = []
        for element in elements {
            guard let reader = element.object() else { continue }
            let name = reader.required("name") { $0.string(scalars: 1...fieldNameMax) }
            let value = reader.required("value") { $0.string(scalars: 1...fieldValueMax) }
            let isInline = reader["inline"].map { $0.bool() } ?? false
            guard let name, let value, let isInline else { continue }
            total += name.unicodeScalars.count + value.unicodeScalars.count
            var field = JSONObject()
            field.set("name", .string(name))
            field.set("value", .string(value))
            field.set("inline", .bool(isInline))
            fields.append(.object(field))
        }
        embed.set("fields", .array(fields))
    }

    private static func text(
        _ key: String, of reader: FormReader, max: Int, into object: inout JSONObject, total: inout Int
    ) {
        guard let text = reader[key]?.string(scalars: 0...max), !text.isEmpty else { return }
        total += text.unicodeScalars.count
        object.set(key, .string(text))
    }

    /// - Parameter isImage: lets a URL name a file of the same message, too.
    private static func url(_ key: String, of reader: FormReader, isImage: Bool = false, into object: inout JSONObject)
    {
        guard let field = reader[key], let url = field.string(scalars: 0...urlMax), !url.isEmpty else { return }
        let schemes = isImage ? ["http://", "https://", "attachment://"] : ["http://", "https://"]
        guard schemes.contains(where: { url.lowercased().hasPrefix($0) && url.utf8.count > $0.utf8.count }) else {
            field.errors.add(
                FieldError(
                    path: field.path, code: "URL_TYPE_INVALID_SCHEME", message: "This has to be an http or https URL."))
            return
        }
        object.set(key, .string(url))
    }

    private static func set(_ key: String, _ value: JSONObject, in object: inout JSONObject) {
        if value.count > 0 { object.set(key, .object(value)) }
    }

    /// Read and written anew: discord.py parses it while it takes an event, and a time that it cannot read would end
    /// the client.
    private static func timestamp(_ field: FormField) -> String? {
        guard let text = field.string() else { return nil }
        guard let milliseconds = ISO8601.unixMilliseconds(text) else {
            return field.fail("DATE_TIME_TYPE_PARSE", "This has to be a time in the format of ISO 8601.")
        }
        return Timestamp.text(unixMilliseconds: milliseconds)
    }
}
