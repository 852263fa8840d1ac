import FoundationEssentials

extension FormField {
    /// The bytes of an image as data URI, `data:image/png;base64,…`; what they are, and how many there may be, is for
    /// the service to say.
    func image() -> [UInt8]? {
        guard let text = string() else { return nil }
        guard text.hasPrefix("data:image/"), let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")),
            text[..<comma].hasSuffix(";base64"),
            let data = Data(base64Encoded: String(text[text.utf8.index(after: comma)...])), !data.isEmpty
        else {
            return fail("IMAGE_INVALID", "This has to be an image as data URI: data:image/png;base64,…")
        }
        return [UInt8](data)
    }
}
