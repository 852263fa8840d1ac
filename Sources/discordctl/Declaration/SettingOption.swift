import Arguments
import Node

/// An option of `node start`, made from a setting's declaration: the same name, rules and words as in the configuration
/// file.
struct SettingOption: Sendable {
    let setting: Setting
    let part: CommandBuilder.Part
    /// What was typed on the line, if anything.
    let typed: @Sendable (Invocation) -> String?

    init?(_ setting: Setting) {
        guard let flag = setting.flag, flag != CommonOptions.dataDirectory.declaration.name else { return nil }
        self.setting = setting
        let summary = setting.summary.hasSuffix(".") ? String(setting.summary.dropLast()) : setting.summary
        let more = "In the file \(setting.key), in the environment \(setting.variable)."
        if setting.kind == .flag {
            let option = Option.flag(flag, negatable: true, summary).discussion(more)
            part = .option(option.declaration)
            typed = { $0.source(of: option) == .commandLine ? String($0[option]) : nil }
        } else {
            // The default stands in the summary of help: a default in the option could not be told from what was typed.
            let standard = setting.standard.isEmpty ? "" : " [default \(setting.standard)]"
            let option = Option<String?>(flag, .setting(setting), summary + standard).discussion(more)
            part = .option(option.declaration)
            typed = { $0[option] }
        }
    }

    static let all: [SettingOption] = Setting.all.compactMap { SettingOption($0) }
}

extension ValueType where Value == String {
    /// Text that the setting accepts; its own words say why not.
    fileprivate static func setting(_ setting: Setting) -> ValueType {
        let (kind, expectation, example): (ValueKind, String, String) =
            switch setting.kind {
            case .text: (.text, "text", "name")
            case .flag: (.choice(["true", "false"]), "true or false", "true")
            case .address: (.address, "an address such as 127.0.0.1:8080", "127.0.0.1:8080")
            case .path: (.file, "a path such as ./name", "./name")
            case .duration: (.duration, "a duration such as 30s or 1h30m", "30s")
            case .integer(let range):
                (.count, "a whole number (\(range.lowerBound) to \(range.upperBound))", String(range.lowerBound))
            case .limit: (.text, "a limit such as 5/5s, or off", "5/5s")
            case .choice(let words): (.choice(words), "one of \(words.joined(separator: ", "))", words.first ?? "")
            case .list(let words):
                (
                    .text,
                    words.isEmpty
                        ? "a list such as a,b" : "any of \(words.joined(separator: ", ")), separated by commas",
                    words.first ?? "a,b"
                )
            case .backend(let schemes):
                (.url, "a URL of \(schemes.map { $0 + ":" }.joined(separator: ", "))", (schemes.first ?? "") + ":")
            }
        return ValueType(
            kind, placeholder: setting.placeholder, expectation: expectation, example: example,
            read: { (text: String) throws(ValueProblem) -> String in
                do throws(Setting.Mismatch) {
                    _ = try setting.parse(text)
                    return text
                } catch {
                    throw ValueProblem(error.message, hint: error.hint)
                }
            },
            print: { $0 }
        )
    }
}
