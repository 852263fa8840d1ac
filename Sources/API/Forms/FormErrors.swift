import Services

/// Collects what is wrong with one form, so that the answer names every field at once. Lives inside one request's
/// handler.
final class FormErrors {
    /// More errors than this say nothing more, and a stranger chooses how many there are.
    private static let countMax = 50

    private(set) var list: [FieldError] = []

    func add(_ error: FieldError) {
        guard list.count < Self.countMax else { return }
        list.append(error)
    }

    /// Ends the handler if anything was wrong.
    func check() throws(APIError) {
        guard list.isEmpty else { throw .invalidForm(list) }
    }
}
