import Glibc
import Wire

/// What libFuzzer calls for every input it makes; DISCORDCTL_FUZZ_TARGET names the parser. A broken promise is a trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let complaint = target.complaint(about: input) { fatalError("\(target.rawValue): \(complaint)") }
    return 0
}

private let target: FuzzTarget = {
    guard let name = getenv("DISCORDCTL_FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
        fatalError("DISCORDCTL_FUZZ_TARGET is none of \(FuzzTarget.allCases.map(\.rawValue))")
    }
    return target
}()
