package import Interface
import Services

/// What a node is told: flags before environment before file before defaults.
package struct NodeConfiguration: Hashable, Sendable {
    package struct Choice: Hashable, Sendable {
        package var value: SettingValue?
        /// As it was written, or the default's spelling.
        package var text: String
        package var place: ConfigurationProblem.Place
    }

    /// Every setting of ``Setting/all``, by key.
    package private(set) var choices: [String: Choice]

    /// Puts the layers together and reports every problem at once.
    /// - Parameters:
    ///   - flags: values of `node start`'s options, by the setting's key.
    ///   - environment: the process's environment; empty variables count as unset.
    ///   - file: the configuration file, if there is one.
    /// - Throws: ``ConfigurationProblems``.
    package init(
        flags: [String: String], environment: [String: String], file: ConfigurationFile?
    ) throws(ConfigurationProblems) {
        var problems = file?.problems ?? []
        var choices: [String: Choice] = [:]
        for setting in Setting.all {
            var text = setting.standard
            var place = ConfigurationProblem.Place.standard
            if let flag = flags[setting.key] {
                (text, place) = (flag, .flag(setting.flag ?? setting.key))
            } else if let variable = environment[setting.variable], !variable.isEmpty {
                (text, place) = (variable, .variable(setting.variable))
            } else if let entry = file?.entries[setting.key] {
                (text, place) = (entry.text, entry.place)
            }
            guard place != .standard || !text.isEmpty else {
                choices[setting.key] = Choice(value: nil, text: "", place: place)
                continue
            }
            do {
                choices[setting.key] = Choice(value: try setting.parse(text), text: text, place: place)
            } catch {
                problems.append(
                    ConfigurationProblem(key: setting.key, place: place, message: error.message, hint: error.hint)
                )
            }
        }
        for (key, entry) in (file?.entries ?? [:]).sorted(by: { $0.key < $1.key }) where Setting.named(key) == nil {
            problems.append(
                ConfigurationProblem(
                    key: key, place: entry.place, message: "no such setting",
                    hint: Self.nearest(to: key).map { "did you mean '\($0)'?" }
                )
            )
        }
        self.choices = choices
        problems += rules()
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
    }

    /// Rules that bind several settings.
    private func rules() -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        func complain(_ key: String, _ message: String, _ hint: String?) {
            problems.append(
                ConfigurationProblem(key: key, place: choices[key]?.place ?? .standard, message: message, hint: hint)
            )
        }
        if let name = text("node.name"), !Self.isNodeName(name) {
            complain("node.name", "'\(name)' is not a node name", "1 to 63 characters of a-z, 0-9 and '-'")
        }
        let hasCertificate = text("tls.certificate") != nil
        if hasCertificate != (text("tls.key") != nil) {
            let missing = hasCertificate ? "tls.key" : "tls.certificate"
            complain(missing, "TLS needs both a certificate and its key", "set \(missing) as well, or neither")
        }
        for key in ["listen", "gateway.listen"] where !hasCertificate && !flag("insecure-listen") {
            guard let address = address(key), !address.isLoopback else { continue }
            complain(
                key, "\(address) is beyond loopback, and there is no TLS",
                "set tls.certificate and tls.key, or allow it with --insecure-listen when something in front does TLS"
            )
        }
        if let rest = address("listen"), let gateway = address("gateway.listen"), rest == gateway, rest.port != 0 {
            complain("gateway.listen", "REST and gateway cannot share \(rest)", "give them different ports")
        }
        if let stranger = list("gateway.allowed-origins").first(where: { !Self.isOrigin($0) }) {
            complain(
                "gateway.allowed-origins", "'\(stranger)' is no origin",
                "write them as browsers do, like https://chat.example.org, without a path")
        }
        if let stranger = TrustedProxies.firstUnreadable(of: list("proxies.trusted")) {
            complain(
                "proxies.trusted", "'\(stranger)' is neither an address nor a network",
                "write them like 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32")
        }
        if let url = text("attachments.url"), !Self.isWebURL(url) {
            complain("attachments.url", "'\(url)' is not a URL of files", "write it like https://files.example.org")
        }
        if let contact = text("push.contact"), !Self.isContact(contact) {
            complain("push.contact", "'\(contact)' is no mailto or https URL", "write it like mailto:ops@example.org")
        }
        return problems
    }

    /// What can stand in a signed claim as it is.
    private static func isContact(_ text: String) -> Bool {
        guard text.hasPrefix("mailto:") || text.hasPrefix("https://") else { return false }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    /// A scheme and a host in lower case, and perhaps a port (RFC 6454, 6.2): what `Origin` is compared with.
    private static func isOrigin(_ text: String) -> Bool {
        guard let slashes = text.firstRange(of: "://"), slashes.lowerBound > text.startIndex else { return false }
        let place = text[slashes.upperBound...]
        return !place.isEmpty && text == text.lowercased()
            && place.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#@*\\".utf8.contains($0) }
    }

    /// An absolute URL of http or https that something can be put behind.
    private static func isWebURL(_ text: String) -> Bool {
        let rest = ["http://", "https://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
        guard let rest, let first = rest.first, first != "/" else { return false }
        return rest.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    }

    private static func isNodeName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// The setting whose name is most like an unknown one: same last part first, then the longest common start.
    private static func nearest(to key: String) -> String? {
        let last = key.split(separator: ".").last ?? ""
        if let same = Setting.all.first(where: { $0.key.split(separator: ".").last == last }) { return same.key }
        let best = Setting.all.max { commonPrefix($0.key, key) < commonPrefix($1.key, key) }
        return best.flatMap { commonPrefix($0.key, key) >= 3 ? $0.key : nil }
    }

    private static func commonPrefix(_ left: String, _ right: String) -> Int {
        zip(left, right).prefix { $0 == $1 }.count
    }
}

extension NodeConfiguration {
    package func text(_ key: String) -> String? {
        guard case .text(let text) = choices[key]?.value else { return nil }
        return text
    }

    package func flag(_ key: String) -> Bool { choices[key]?.value == .flag(true) }

    package func address(_ key: String) -> ListenAddress? {
        guard case .address(let address) = choices[key]?.value else { return nil }
        return address
    }

    package func duration(_ key: String) -> Duration? {
        guard case .duration(let duration) = choices[key]?.value else { return nil }
        return duration
    }

    package func integer(_ key: String) -> Int64? {
        guard case .integer(let number) = choices[key]?.value else { return nil }
        return number
    }

    /// `nil` where there is none.
    package func limit(_ key: String) -> RateLimit? {
        guard case .limit(let limit) = choices[key]?.value else { return nil }
        return limit
    }

    package func list(_ key: String) -> [String] {
        guard case .list(let list) = choices[key]?.value else { return [] }
        return list
    }
}
