import API
import BackendContracts
import Chat
import HTTPTypes
import Interface
import Services
import Testing

/// L05: whoever obeys the headers is never refused.
@Suite("REST: clients that obey") struct ObedienceTests {
    /// Waits as discord.py and hikari do: what a route's bucket is called is learned from its first answer; one that is used up waits for the
    /// reset and takes it that all of the limit is free then.
    private struct Obedience {
        private struct Bucket {
            var limit: Int
            var remaining: Int
            var resetAt: UInt64
        }

        private var names: [String: String] = [:]
        private var buckets: [String: Bucket] = [:]

        /// How long to wait before a request over a route, which is then sent.
        mutating func wait(for route: String, now: UInt64) -> UInt64 {
            guard let name = names[route], var bucket = buckets[name] else { return 0 }
            var wait: UInt64 = 0
            if now >= bucket.resetAt {
                bucket.remaining = bucket.limit
            } else if bucket.remaining == 0 {
                wait = bucket.resetAt - now
                bucket.remaining = bucket.limit
            }
            bucket.remaining -= 1
            buckets[name] = bucket
            return wait
        }

        mutating func learn(_ route: String, _ headers: HTTPFields, now: UInt64) throws {
            func value(_ name: String) throws -> String {
                let field = try #require(HTTPField.Name("X-RateLimit-\(name)"))
                return try #require(headers[field])
            }
            let name = try value("Bucket")
            names[route] = name
            buckets[name] = Bucket(
                limit: try #require(Int(try value("Limit"))), remaining: try #require(Int(try value("Remaining"))),
                resetAt: now + UInt64(try #require(Double(try value("Reset-After"))) * 1_000))
        }
    }

    @Test func areNeverRefused() async throws {
        let time = ManualTime()
        try await World.run(rates: .standard, ratesTime: time) { (world) async throws in
            let hook = try await world.services.webhooks.create(in: world.general, name: "Herald", by: world.owner.id)
            let message = "/channels/{c}/messages/\(try await world.send("x", as: world.member))"
            let reaction = message + "/reactions/%E2%9C%85/@me"
            let webhook = "/webhooks/\(hook.webhook.id)/\(hook.token)"
            let routes: [(method: HTTPRequest.Method, path: String, body: String?)] = [
                (.post, "/channels/{c}/messages", #"{"content":"x"}"#), (.post, "/channels/{c}/messages", "{}"),
                (.get, message, nil), (.put, reaction, nil), (.delete, reaction, nil), (.get, "/users/@me", nil),
                (.get, "/users/{member}", nil), (.get, "/guilds/{g}", nil), (.get, "/guilds/{g}/channels", nil),
                (.get, "/channels/{c}", nil), (.post, "/channels/{c}/typing", nil), (.get, "/channels/1", nil),
                (.get, webhook, nil), (.post, webhook, #"{"content":"x"}"#), (.patch, "/guilds/{g}", "{}"),
            ]
            var obedience = Obedience()
            var random = SeededGenerator(seed: 5)
            var (refusals, waits) = (0, 0)
            for number in 0..<1_000 {
                // Each once, so that the names are known, and then in bursts of whatever.
                let kind = number < routes.count ? number : Int.random(in: 0..<routes.count, using: &random)
                let route = routes[kind]
                let name = "\(route.method) \(route.path)"
                let wait = obedience.wait(for: name, now: time.monotonicMilliseconds)
                waits += wait > 0 ? 1 : 0
                time.advance(by: wait)
                let person = route.path == webhook ? nil : world.owner
                let answer = try await world.call(route.method, route.path, as: person, route.body)
                refusals += answer.status == 429 ? 1 : 0
                try obedience.learn(name, answer.headers, now: time.monotonicMilliseconds)
                // Within what the global limit allows, of which no header tells.
                time.advance(by: UInt64.random(in: 20...30, using: &random))
            }
            #expect(refusals == 0)
            #expect(waits > 20)
        }
    }
}
