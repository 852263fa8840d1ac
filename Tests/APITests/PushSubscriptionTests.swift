import Chat
import HTTPTypes
import Testing
import Wire

@Suite("REST: push subscriptions") struct PushSubscriptionTests {
    private static let path = "/users/@me/push-subscriptions"
    private static let key = Base64URL.encode([4] + Array(repeating: 7, count: 64))
    private static let secret = Base64URL.encode(Array(repeating: UInt8(9), count: 16))

    private static func form(_ endpoint: String, key: String = key, secret: String = secret) -> String {
        #"{"endpoint":"\#(endpoint)","expirationTime":null,"keys":{"p256dh":"\#(key)","auth":"\#(secret)"}}"#
    }

    @Test func areMadeListedAndEnded() async throws {
        try await World.run { (world) async throws in
            let made = try await world.call(.post, Self.path, as: world.member, Self.form("https://push.example/1"))
            #expect(made.status == 200)
            let id = try #require(made.json["id"]?.string)
            #expect(made.json["endpoint"]?.string == "https://push.example/1")
            #expect(made.json["keys"] == nil)
            let again = try await world.call(.post, Self.path, as: world.member, Self.form("https://push.example/1"))
            #expect(again.json["id"]?.string == id)
            #expect(try await world.call(.get, Self.path, as: world.member).ids == [id])
            #expect(try await world.call(.get, Self.path, as: world.owner).ids == [])
            #expect(try await world.call(.delete, Self.path + "/\(id)", as: world.owner).status == 204)
            #expect(try await world.call(.get, Self.path, as: world.member).ids == [id])
            #expect(try await world.call(.delete, Self.path + "/\(id)", as: world.member).status == 204)
            #expect(try await world.call(.get, Self.path, as: world.member).ids == [])
            #expect(try await world.call(.get, Self.path).verdict == "401/0")
        }
    }

    @Test func theOldestOfManyGoes() async throws {
        try await World.run { (world) async throws in
            for number in 0..<12 {
                let form = Self.form("https://push.example/\(number)")
                #expect(try await world.call(.post, Self.path, as: world.member, form).status == 200)
            }
            let list = try await world.call(.get, Self.path, as: world.member)
            #expect(list.ids.count == Limits.pushSubscriptionsPerUserMax)
        }
    }

    @Test(arguments: [
        (form("http://push.example/1"), ["endpoint"]), (form("https://u@push.example/"), ["endpoint"]),
        (form("file:///etc/passwd"), ["endpoint"]), (form("http://127.0.0.1:8/"), ["endpoint"]),
        (form("https://a.b/", key: "AAAA"), ["keys.p256dh"]), (form("https://a.b/", key: "***"), ["keys.p256dh"]),
        (form("https://a.b/", secret: key), ["keys.auth"]), ("{}", ["endpoint", "keys"]),
        (#"{"endpoint":"https://a.b/","keys":{}}"#, ["keys.auth", "keys.p256dh"]),
    ])
    func whatIsWrongIsNamed(_ form: String, _ paths: [String]) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, Self.path, as: world.member, form)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == Set(paths))
        }
    }

    @Test func trustedPlacesNeedNoTLS() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, Self.path, as: world.member, Self.form("http://127.0.0.1:9/x"))
            #expect(answer.status == 200)
        }
    }

    @Test func theKeyToSubscribeWithIsTold() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.get, "/users/@me/push-key", as: world.member)
            #expect(answer.json["public_key"]?.string == Base64URL.encode([4, 1, 2]))
        }
    }
}
