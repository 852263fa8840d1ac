import Chat
import Interface
import OpenSSLBackend
import Testing

@Suite("Web Push's cryptography") struct OpenSSLPushCipherTests {
    private let cipher = OpenSSLPushCipher()

    private static func bytes(_ text: String) throws -> [UInt8] { try #require(Base64URL.decode(text)) }

    /// RFC 8291, 5 and appendix A.
    @Test func sealsAsPublished() throws {
        let sender = try cipher.keyPair(
            ofPrivateKey: try Self.bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
        #expect(
            Base64URL.encode(sender.publicKey)
                == "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")
        let sealed = try cipher.seal(
            Array("When I grow up, I want to be a watermelon".utf8),
            for: try Self.bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            secret: try Self.bytes("BTBZMqHH6r4Tts7J_aSIgg"), salt: try Self.bytes("DGv6ra1nlYgDCS1FRnbzlw"),
            sender: sender)
        #expect(
            Base64URL.encode(sealed)
                == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
                + "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
    }

    @Test func eachLetterIsAnother() throws {
        let receiver = try cipher.makeKeyPair()
        let secret = [UInt8](repeating: 1, count: 16)
        let first = try cipher.seal([1, 2, 3], for: receiver.publicKey, secret: secret)
        let second = try cipher.seal([1, 2, 3], for: receiver.publicKey, secret: secret)
        #expect(first.count == 103 + 3)
        #expect(first != second)
        #expect(first.prefix(16) != second.prefix(16))
    }

    @Test func pairsAreReadBack() throws {
        let pair = try cipher.makeKeyPair()
        #expect(pair.privateKey.count == 32 && pair.publicKey.count == 65 && pair.publicKey.first == 4)
        #expect(try cipher.keyPair(ofPrivateKey: pair.privateKey) == pair)
    }

    @Test func signaturesAreOfSixtyFourBytesHoweverOften() throws {
        let pair = try cipher.makeKeyPair()
        // Numbers that begin with zeros are shorter in DER: one in 128 signatures has one.
        for number in 0..<400 {
            let signature = try cipher.sign(Array("message \(number)".utf8), with: pair)
            #expect(signature.count == 64)
        }
    }

    @Test func whatIsNoKeyIsRefused() throws {
        let secret = [UInt8](repeating: 1, count: 16)
        let pair = try cipher.makeKeyPair()
        var offCurve = pair.publicKey
        offCurve[64] ^= 1
        for key in [[], [4], offCurve, Array(repeating: 0, count: 65), Array(repeating: 255, count: 65)] {
            #expect(throws: BackendError.self) { try cipher.seal([1], for: key, secret: secret) }
        }
        #expect(throws: BackendError.self) { try cipher.seal([1], for: pair.publicKey, secret: [1]) }
        let long = [UInt8](repeating: 1, count: PushCipherRules.plaintextBytesMax + 1)
        #expect(throws: BackendError.self) { try cipher.seal(long, for: pair.publicKey, secret: secret) }
        for key in [[], Array(repeating: UInt8(0), count: 32), Array(repeating: 255, count: 32)] {
            #expect(throws: BackendError.self) { try cipher.keyPair(ofPrivateKey: key) }
        }
    }
}
