import COpenSSL
import Gateway
import Glibc
import Testing
import Wire

@Suite("Loop TLS")
struct LoopTLSTests {
    /// A self-signed certificate and its key in two files, gone with the object.
    final class Certificate {
        let directory: String
        var certificatePath: String { directory + "/certificate.pem" }
        var keyPath: String { directory + "/key.pem" }

        init() throws {
            var template = Array("/tmp/loop-tls-XXXXXX".utf8CString)
            let made = template.withUnsafeMutableBufferPointer { name in
                name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
            directory = try #require(made)
            let generator = try #require(EVP_PKEY_CTX_new_from_name(nil, "ED25519", nil))
            defer { EVP_PKEY_CTX_free(generator) }
            var key: OpaquePointer?
            try #require(EVP_PKEY_keygen_init(generator) == 1 && EVP_PKEY_generate(generator, &key) == 1)
            defer { EVP_PKEY_free(key) }
            let certificate = try #require(X509_new())
            defer { X509_free(certificate) }
            let name = X509_get_subject_name(certificate)
            X509_set_version(certificate, 2)
            ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
            X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
            X509_gmtime_adj(X509_getm_notAfter(certificate), 3600)
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_FLAG | 1, "gateway.test", -1, -1, 0)
            try #require(X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1)
            try #require(X509_sign(certificate, key, nil) > 0)
            let files = [BIO_new_file(certificatePath, "w"), BIO_new_file(keyPath, "w")]
            defer { files.forEach { BIO_free($0) } }
            try #require(PEM_write_bio_X509(files[0], certificate) == 1)
            try #require(PEM_write_bio_PrivateKey(files[1], key, nil, nil, 0, nil, nil) == 1)
        }

        deinit {
            unlink(certificatePath)
            unlink(keyPath)
            rmdir(directory)
        }

        func context() throws -> TLSContext { try TLSContext(certificatePath: certificatePath, keyPath: keyPath) }
    }

    /// libssl as a client, on the test's end of the pair.
    final class Client {
        let peer: LoopPeer
        private let context: OpaquePointer?
        private let channel: OpaquePointer?

        init(_ peer: LoopPeer, newest: Int32 = TLS1_3_VERSION, ciphers: String? = nil) {
            self.peer = peer
            context = SSL_CTX_new(TLS_client_method())
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, 0, nil)
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(newest), nil)
            SSL_CTX_set_cipher_list(context, (ciphers ?? "DEFAULT") + ":@SECLEVEL=0")
            channel = SSL_new(context)
            SSL_set_fd(channel, peer.descriptor)
            SSL_set_connect_state(channel)
        }

        deinit {
            SSL_free(channel)
            SSL_CTX_free(context)
        }

        var version: Int32 { SSL_version(channel) }

        /// One step; true when the handshake is complete, nil when it failed.
        func shakeHands() -> Bool? {
            let result = SSL_do_handshake(channel)
            if result == 1 { return true }
            return SSL_get_error(channel, result) == SSL_ERROR_WANT_READ ? false : nil
        }

        func write(_ bytes: [UInt8]) {
            #expect(SSL_write(channel, bytes, Int32(bytes.count)) == Int32(bytes.count))
        }

        func read() -> (bytes: [UInt8], hasEnded: Bool) {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 20_000)
            while true {
                let count = SSL_read(channel, &chunk, Int32(chunk.count))
                guard count > 0 else { return (bytes, SSL_get_error(channel, count) == SSL_ERROR_ZERO_RETURN) }
                bytes += chunk[..<Int(count)]
            }
        }
    }

    private func connect(
        _ hand: HandLoop, newest: Int32 = TLS1_3_VERSION, ciphers: String? = nil, sendBuffer: Int32? = nil
    ) throws -> (Client, ConnectionID)? {
        let (peer, connection) = try hand.pair(sendBuffer: sendBuffer)
        let client = Client(peer, newest: newest, ciphers: ciphers)
        for _ in 0..<20 {
            switch client.shakeHands() {
            case true?:
                client.write(Array(LoopPeer.request.utf8))
                hand.turn()
                #expect(client.read().bytes.starts(with: "HTTP/1.1 101 ".utf8))
                return (client, try #require(connection))
            case false?: hand.turn(1)
            case nil:
                hand.turn(1)
                return nil
            }
        }
        return nil
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func echoes(version: Int32) throws {
        let certificate = try Certificate()
        let hand = try HandLoop(tls: certificate.context())
        let (client, id) = try #require(try connect(hand, newest: version))
        #expect(client.version == version)
        hand.handler.whenReceived = { connection, payload, loop in
            FrameEncoder.frame(.binary, payload: payload).withUnsafeBytes { _ = loop.send($0, to: connection) }
        }
        let long = [UInt8](repeating: 5, count: 16_000)
        client.write(LoopPeer.frame(.binary, [1, 2, 3]) + LoopPeer.frame(.binary, long))
        hand.turn()
        #expect(
            client.read().bytes == FrameEncoder.frame(.binary, payload: [1, 2, 3])
                + FrameEncoder.frame(.binary, payload: long))
        hand.loop.close(id, code: .goingAway)
        client.write(LoopPeer.close(1001))
        hand.turn(2)
        let (bytes, hasEnded) = client.read()
        #expect(bytes == FrameEncoder.close(.goingAway) && hasEnded)
        #expect(hand.handler.take().last == .released(.unknown))
    }

    /// Over TCP, which is what the kernel can make records for. Where it can't, as its list of protocols says, all works the same without.
    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func theKernelMakesTheRecordsWhereItCan(version: Int32) throws {
        let protocols = fopen("/proc/sys/net/ipv4/tcp_available_ulp", "r")
        defer { protocols.map { _ = fclose($0) } }
        var line = [CChar](repeating: 0, count: 256)
        let isAvailable = protocols != nil && fgets(&line, 255, protocols) != nil && strstr(line, "tls") != nil

        let certificate = try Certificate()
        let hand = try HandLoop(tls: certificate.context())
        let (peer, id) = try hand.tcp()
        let client = Client(peer, newest: version, ciphers: "ECDHE+AES128")
        for _ in 0..<1_000 where client.shakeHands() != true { hand.turn(1) }
        client.write(Array(LoopPeer.request.utf8))
        var answer: [UInt8] = []
        for _ in 0..<1_000 where answer.isEmpty {
            hand.turn(1)
            answer = client.read().bytes
        }
        #expect(answer.starts(with: "HTTP/1.1 101 ".utf8))
        #expect(hand.loop.statistics.tlsHandshakes == 1)
        #expect(hand.loop.statistics.kernelTLSHandshakes == (isAvailable ? 1 : 0))
        let frames = [1, 1_000, 100_000].map { FrameEncoder.frame(.binary, payload: [UInt8](repeating: 7, count: $0)) }
        for frame in frames { hand.send(frame, to: id) }
        var received: [UInt8] = []
        for _ in 0..<10_000 where received.count < frames.joined().count {
            hand.turn(1)
            received += client.read().bytes
        }
        #expect(received == Array(frames.joined()))
    }

    @Test(arguments: [(TLS1_1_VERSION, nil), (TLS1_2_VERSION, "ECDHE+AES+SHA1:AES256-SHA")] as [(Int32, String?)])
    func refusesOldVersionsAndSuites(newest: Int32, ciphers: String?) throws {
        let hand = try HandLoop(tls: Certificate().context())
        #expect(try connect(hand, newest: newest, ciphers: ciphers) == nil)
        hand.turn()
        #expect(hand.loop.statistics.handshakeFailures == 1)
        #expect(hand.handler.take() == [.released(.unknown)])
    }

    @Test func refusesPlainTextAndSilence() throws {
        let hand = try HandLoop(tls: Certificate().context())
        let (plain, _) = try hand.pair()
        plain.write(Array(LoopPeer.request.utf8))
        hand.turn(1)
        #expect(plain.read().hasEnded)
        let (silent, _) = try hand.pair()
        hand.clock.advance(by: 10_100)
        hand.turn(1)
        #expect(silent.read().hasEnded)
        #expect(hand.loop.statistics.handshakeFailures == 2)
    }

    @Test func whatDoesNotFitFollowsInOrder() throws {
        let hand = try HandLoop(tls: Certificate().context())
        let (client, id) = try #require(try connect(hand, sendBuffer: 4096))
        let frames = (0..<60).map { FrameEncoder.frame(.binary, payload: [UInt8](repeating: $0, count: 3000)) }
        for frame in frames { #expect(hand.send(frame, to: id) != .dropped) }
        #expect(hand.loop.pendingOutput(of: id) > 100_000)
        var received: [UInt8] = []
        for _ in 0..<2_000 where received.count < 60 * 3004 {
            received += client.read().bytes
            hand.turn(1)
        }
        #expect(received == frames.flatMap { $0 })
    }

    @Test func whoReadsTooLittleGetsWholeFramesAndTheCode() throws {
        let hand = try HandLoop(tls: Certificate().context()) { $0.outputBytesMax = 60_000 }
        let (client, id) = try #require(try connect(hand, sendBuffer: 4096))
        let frame = FrameEncoder.frame(.binary, payload: [UInt8](repeating: 1, count: 1000))
        for _ in 0..<1000 where hand.loop.isOpen(id) { hand.send(frame, to: id) }
        var received: [UInt8] = []
        for _ in 0..<200 {
            received += client.read().bytes
            hand.turn(1)
        }
        let close = FrameEncoder.close(WebSocketCloseCode(rawValue: 4000))
        #expect(received.suffix(close.count) == close[...])
        #expect((received.count - close.count) % frame.count == 0 && received.count > close.count)
        #expect(hand.handler.take().contains(.closed(id, .overflow)))
    }

    @Test func movesToAnotherLoopInTheMiddleOfAFrame() throws {
        let certificate = try Certificate()
        let old = try HandLoop(tls: certificate.context())
        let new = try HandLoop(tls: certificate.context())
        let (client, id) = try #require(try connect(old))
        let frame = LoopPeer.frame(.text, [65, 66, 67])
        client.write(Array(frame[..<7]))
        old.turn(1)
        let socket = try #require(old.loop.detach(id))
        let adopted = try #require(new.loop.adopt(socket))
        client.write(Array(frame[7...]))
        new.turn(2)
        #expect(new.handler.take() == [.received(adopted, .text, [65, 66, 67])])
        new.send(FrameEncoder.frame(.text, payload: [1]), to: adopted)
        #expect(client.read().bytes == [0x81, 1, 1])
    }

    @Test func aNewCertificateDropsNobody() throws {
        let hand = try HandLoop(tls: Certificate().context())
        let (before, first) = try #require(try connect(hand))
        hand.loop.replace(tls: try Certificate().context())
        let (after, second) = try #require(try connect(hand))
        for (client, id) in [(before, first), (after, second)] {
            #expect(hand.send(FrameEncoder.frame(.text, payload: [1]), to: id) == .written)
            #expect(client.read().bytes == [0x81, 1, 1])
        }
    }

    @Test func namesTheFileThatCannotBeUsed() throws {
        let certificate = try Certificate()
        let other = try Certificate()
        let missing = #expect(throws: LoopError.self) {
            try TLSContext(certificatePath: "/nowhere/c.pem", keyPath: certificate.keyPath)
        }
        #expect(missing?.code == .badCertificate && missing?.target == "/nowhere/c.pem")
        let foreign = #expect(throws: LoopError.self) {
            try TLSContext(certificatePath: certificate.certificatePath, keyPath: other.keyPath)
        }
        #expect(foreign?.code == .badCertificate && foreign?.target == other.keyPath)
        #expect(foreign?.detail.isEmpty == false)
    }
}
