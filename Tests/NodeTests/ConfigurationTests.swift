import Interface
import Node
import Services
import Testing

@Suite("Node configuration")
struct ConfigurationTests {
    private func configuration(
        flags: [String: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) throws(ConfigurationProblems) -> NodeConfiguration {
        try NodeConfiguration(
            flags: flags, environment: environment, file: yaml.map { ConfigurationFile(text: $0, path: "node.yaml") }
        )
    }

    private func problems(
        flags: [String: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) -> [ConfigurationProblem] {
        do {
            _ = try configuration(flags: flags, environment: environment, yaml: yaml)
            return []
        } catch {
            return error.all
        }
    }

    @Test func runsEmbeddedOnLoopbackWhenNothingIsSaid() throws {
        let configuration = try configuration()
        #expect(configuration.address("listen")?.description == "127.0.0.1:8080")
        #expect(configuration.address("gateway.listen")?.description == "127.0.0.1:8081")
        #expect(configuration.text("backends.log") == "sqlite:")
        #expect(configuration.list("node.services") == ["gateway", "api", "chat", "search", "push"])
    }

    @Test func flagsWinOverEnvironmentOverFileOverDefaults() throws {
        let yaml = "listen: 127.0.0.1:1\nnode:\n  name: from-file\n  zone: z\n"
        let environment = ["DISCORDCTL_LISTEN": "127.0.0.1:2", "DISCORDCTL_NODE_NAME": "from-environment"]
        let configuration = try configuration(flags: ["listen": "127.0.0.1:3"], environment: environment, yaml: yaml)
        #expect(configuration.address("listen")?.port == 3)
        #expect(configuration.text("node.name") == "from-environment")
        #expect(configuration.text("node.zone") == "z")
        #expect(configuration.choices["listen"]?.place == .flag("listen"))
        #expect(configuration.choices["node.name"]?.place == .variable("DISCORDCTL_NODE_NAME"))
        #expect(configuration.choices["node.zone"]?.place == .file(path: "node.yaml", line: 4, column: 9))
        #expect(configuration.choices["logging.level"]?.place == .standard)
    }

    @Test func anEmptyVariableIsUnset() throws {
        #expect(try configuration(environment: ["DISCORDCTL_LISTEN": ""]).address("listen")?.port == 8080)
    }

    @Test func reportsEveryProblemAtOnceWithItsPlace() {
        let found = problems(
            flags: ["gateway.listen": "nowhere"], environment: ["DISCORDCTL_LOGGING_LEVEL": "loud"],
            yaml: "listen: 1\nnode:\n  services: [gateway, fax]\nbackends:\n  log: kafka://a\n"
        )
        let keys = Set(found.map(\.key))
        #expect(keys.isSuperset(of: ["gateway.listen", "logging.level", "listen", "node.services", "backends.log"]))
        #expect(found.first { $0.key == "listen" }?.place == .file(path: "node.yaml", line: 1, column: 9))
    }

    @Test func namesTheNearestSettingForAnUnknownOne() {
        let found = problems(yaml: "gateway:\n  lops: 4\n  listne: 127.0.0.1:1\n")
        #expect(found.map(\.key) == ["gateway.listne", "gateway.lops"])
        #expect(found.allSatisfy { $0.hint?.contains("gateway.") == true })
    }

    @Test(arguments: ["listen: [", "\t- x", "a: b: c", "listen", "- a\n- b", "? : ?"])
    func refusesWhatIsNoMappingOfSettings(_ text: String) {
        #expect(!problems(yaml: text).isEmpty)
    }

    @Test(arguments: ["", "# nothing\n", "listen:\n"])
    func anEmptyFileSaysNothing(_ text: String) throws {
        #expect(try configuration(yaml: text).address("listen")?.port == 8080)
    }

    @Test func refusesListeningForStrangersWithoutTLS() {
        #expect(problems(flags: ["listen": "0.0.0.0:80"]).map(\.key) == ["listen"])
        #expect(problems(flags: ["listen": "[::]:80"]).map(\.key) == ["listen"])
        #expect(problems(flags: ["listen": "0.0.0.0:80", "insecure-listen": "true"]).isEmpty)
        #expect(
            problems(flags: ["listen": "0.0.0.0:80"], yaml: "tls: {certificate: a.pem, key: b.pem}").isEmpty
        )
    }

    @Test func aCertificateNeedsItsKey() {
        #expect(problems(yaml: "tls:\n  certificate: a.pem\n").map(\.key) == ["tls.key"])
    }

    @Test func restAndGatewayNeedPortsOfTheirOwn() {
        #expect(problems(flags: ["gateway.listen": "127.0.0.1:8080"]).map(\.key) == ["gateway.listen"])
        #expect(problems(flags: ["gateway.listen": "127.0.0.1:0", "listen": "127.0.0.1:0"]).isEmpty)
    }

    @Test(arguments: ["127.0.0.1:80", "[::1]:65535", "0.0.0.0:0"])
    func readsAddresses(_ text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":", "80", "localhost:80", "127.0.0.1", "127.0.0.1:65536", "127.0.0:1", "[::1]", "[]:1", "[1]:1",
        "256.1.1.1:1", "1.1.1.1:-1",
    ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: [
        ("30s", Duration.seconds(30)), ("1h30m", .seconds(5_400)), ("250ms", .milliseconds(250)),
        ("2d", .seconds(172_800)),
    ])
    func readsDurations(_ text: String, _ expected: Duration) throws {
        let setting = Setting("x", .duration(.zero ... .seconds(1_000_000)), summary: "")
        #expect(try setting.parse(text) == .duration(expected))
    }

    @Test(arguments: ["", "5", "s", "5 s", "-5s", "5x", "99999999999999999999s", "9223372036854775807d"])
    func refusesWhatIsNoDuration(_ text: String) {
        let setting = Setting("x", .duration(.zero ... .seconds(1_000_000)), summary: "")
        #expect(throws: Setting.Mismatch.self) { try setting.parse(text) }
    }

    @Test(arguments: [
        ("5/5s", RateLimit(5, perMilliseconds: 5_000)), ("50/s", RateLimit(50, perMilliseconds: 1_000)),
        ("10/1m", RateLimit(10, perMilliseconds: 60_000)),
        ("10000/24h", RateLimit(10_000, perMilliseconds: 86_400_000)),
        ("3/250ms", RateLimit(3, perMilliseconds: 250)), ("off", nil),
    ])
    func readsLimits(_ text: String, _ expected: RateLimit?) throws {
        #expect(try Setting("x", .limit, summary: "").parse(text) == .limit(expected))
    }

    @Test(arguments: [
        "", "5", "5/", "/5s", "5/5", "0/1s", "-1/1s", "10001/1s", "5/0s", "5/25h", "5/5s/5s", "Off", "5 / 5s", "x/1s",
        "99999999999999999999/1s", "1/99999999999999999999s",
    ])
    func refusesWhatIsNoLimit(_ text: String) {
        do {
            _ = try Setting("x", .limit, summary: "").parse(text)
            Issue.record("'\(text)' is taken for a limit")
        } catch {
            #expect(error.hint != nil)
        }
    }

    @Test func limitsComeFromFlagsEnvironmentFileAndDefaultsInThatOrder() throws {
        let yaml = "limits: {message: 1/1s, reaction: 1/1s, typing: off}"
        let environment = ["DISCORDCTL_LIMITS_MESSAGE": "2/1s", "DISCORDCTL_LIMITS_CHANNEL_CREATE": "off"]
        let configuration = try configuration(
            flags: ["limits.message": "3/1s"], environment: environment, yaml: yaml)
        #expect(configuration.limit("limits.message")?.count == 3)
        #expect(configuration.limit("limits.reaction")?.count == 1)
        #expect(configuration.limit("limits.typing") == nil)
        #expect(configuration.limit("limits.channel-create") == nil)
        #expect(configuration.limit("limits.global") == RateLimit(50, perMilliseconds: 1_000))
        #expect(configuration.flag("limits.enabled"))
    }

    @Test func everyLimitedActionHasASettingWithTheDesignsDefault() throws {
        let configuration = try configuration()
        for action in LimitedAction.allCases {
            let key = "limits." + action.name.replacing("_", with: "-")
            #expect(configuration.limit(key) == RateLimitTable.standard[action], "\(key)")
        }
    }

    @Test func proxiesAreNamedByAddressOrNetwork() throws {
        let configuration = try configuration(environment: ["DISCORDCTL_PROXIES_TRUSTED": "10.0.0.0/8,::1"])
        #expect(configuration.list("proxies.trusted") == ["10.0.0.0/8", "::1"])
        let found = problems(yaml: "proxies: {trusted: [10.0.0.0/8, proxy.example]}")
        #expect(found.map(\.key) == ["proxies.trusted"])
        #expect(found.first?.message.contains("proxy.example") == true)
    }

    @Test(arguments: [
        "*", "null", "chat.example", "https://", "https://a/", "https://*.a", "https://A", "https://u@a", "://a",
    ])
    func originsAreWrittenAsBrowsersWriteThem(_ text: String) {
        let key = "gateway.allowed-origins"
        #expect(
            problems(environment: ["DISCORDCTL_GATEWAY_ALLOWED_ORIGINS": "https://a.b:8443,\(text)"]).map(\.key) == [
                key
            ])
        #expect(problems(environment: ["DISCORDCTL_GATEWAY_ALLOWED_ORIGINS": "https://a.b:8443,app://x"]).isEmpty)
    }

    @Test func masksSecretsInURLs() {
        #expect(Setting.masked(url: "postgres://me:secret@host/db?password=x") == "postgres://***@host/db?…")
        #expect(Setting.masked(url: "sqlite:") == "sqlite:")
    }

    @Test func everySettingHasANameOfItsOwnAndADefaultThatIsValid() throws {
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        for setting in Setting.all where !setting.standard.isEmpty {
            _ = try setting.parse(setting.standard)
        }
    }
}
