import API
import HTTPTypes
import HummingbirdCore
import Services
import Testing
import Wire

/// Every failure of a service, as HTTP tells it.
@Suite("REST: error table") struct ErrorTableTests {
    @Test(arguments: [
        (ServiceError.Code.unauthorized, 401, 0), (.missingAccess, 403, 50001), (.missingPermissions, 403, 50013),
        (.notTheAuthor, 403, 50005), (.unknownChannel, 404, 10003), (.unknownGuild, 404, 10004),
        (.unknownInvite, 404, 10006),
        (.unknownMember, 404, 10007), (.unknownMessage, 404, 10008), (.unknownRole, 404, 10011),
        (.unknownUser, 404, 10013), (.unknownVoiceState, 404, 10065), (.notInVoice, 400, 40032),
        (.tooMany(.voiceMembers), 400, 0), (.unknownEmoji, 404, 10014), (.systemMessage, 403, 50021),
        (.tooMany(.reactions), 400, 30010), (.tooMany(.pins), 400, 30003), (.storageFull, 413, 40005),
        (.forPersons, 403, 20001),
        (.unknownWebhook, 404, 10015), (.tooMany(.webhooks), 400, 30007),
        (.wrongChannelType, 403, 50024), (.nonTextChannel, 403, 50008), (.emptyMessage, 400, 50006),
        (.bulkDeleteCount, 400, 50016),
        (.bulkDeleteTooOld, 400, 50034),
        (.invalidForm([]), 400, 50035), (.tooMany(.guilds), 400, 30001), (.tooMany(.roles), 400, 30005),
        (.tooMany(.channels), 400, 30013), (.tooMany(.invites), 400, 30016), (.busy(retryAfterMilliseconds: 1), 429, 0),
        (.unavailable(retryAfterMilliseconds: 1), 502, 0), (.queued(retryAfterMilliseconds: 1), 504, 0),
        (.internalFailure, 500, 0), (.cannotMessageUser, 403, 50007), (.notInDirectMessages, 403, 50003),
        (.unknownBan, 404, 10026), (.banned, 403, 40007), (.nobodyBanned, 400, 500_000),
        (.slowMode(retryAfterMilliseconds: 1), 429, 20016), (.invalidRecipient, 400, 50033),
        (.tooMany(.parties), 400, 30004), (.tooMany(.blocks), 400, 30015),
    ])
    func mapsEveryCode(_ code: ServiceError.Code, _ status: Int, _ number: Int) {
        let error = APIError(ServiceError(code, detail: "the disk at /secret is full"))
        #expect(error.status.code == status)
        #expect(error.code == number)
        #expect(!error.message.contains("secret"))
    }

    @Test func tellsWhenToTryAgainInBothPlaces() throws {
        let response = APIError(ServiceError(.unavailable(retryAfterMilliseconds: 1_500))).response()
        #expect(response.headers[.retryAfter] == "2")
        let json = try bodyOf(.unavailable(retryAfterMilliseconds: 1_500))
        #expect(json["retry_after"]?.double == 1.5)
    }

    @Test func saysThatAQueuedMessageMayBeRepeated() throws {
        let message = try bodyOf(.queued(retryAfterMilliseconds: 2_000))["message"]?.string ?? ""
        #expect(message.contains("queued"))
        #expect(message.contains("nonce"))
    }

    /// discord.py takes a 429 without `Via` for a ban; hikari reads `retry_after` only in the scope "shared".
    @Test func dressesA429ForTheLibraries() throws {
        let error = APIError(ServiceError(.busy(retryAfterMilliseconds: 1)))
        let headers = error.response().headers
        #expect(headers[.via] != nil)
        #expect(headers[.retryAfter] == "1")
        #expect(headers[try #require(HTTPField.Name("X-RateLimit-Scope"))] == "shared")
        let json = try bodyOf(.busy(retryAfterMilliseconds: 1))
        #expect(json["global"]?.bool == false)
    }

    @Test func nestsFieldErrorsByPath() throws {
        let error = APIError.invalidForm([
            FieldError(path: ["a", "0", "b"], code: "ONE", message: "1"),
            FieldError(path: ["a", "0", "b"], code: "TWO", message: "2"),
            FieldError(path: [], code: "WHOLE", message: "3"),
        ])
        let errors = try #require(try parsed(error)["errors"])
        #expect(errors["a"]?["0"]?["b"]?["_errors"]?.array?.compactMap { $0["code"]?.string } == ["ONE", "TWO"])
        #expect(errors["_errors"]?.array?.first?["code"]?.string == "WHOLE")
    }

    @Test func leavesTheTreeOutWhenThereIsNone() throws {
        let json = try bodyOf(.unknownUser)
        #expect(json["errors"] == nil)
    }

    private func bodyOf(_ code: ServiceError.Code) throws -> JSONValue {
        try parsed(APIError(ServiceError(code)))
    }

    private func parsed(_ error: APIError) throws -> JSONValue {
        try JSONReader.parse(error.body())
    }
}
