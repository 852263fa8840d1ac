/// The scripts by which shells ask the program what may stand at the cursor.
///
/// They hold no words of the command line themselves, so they stay right when the program is replaced. What the program says to them is one
/// candidate a line, and last a line of a colon and what else may be done: see ``CompletionAnswer``.
enum CompletionScript: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// What the shell, or its package, looks for.
    var fileName: String {
        switch self {
        case .bash: "discordctl.bash"
        case .zsh: "_discordctl"
        case .fish: "discordctl.fish"
        }
    }

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    /// For bash 3.2, which has neither compopt nor mapfile, as for newer ones. Without candidates `-o default` completes paths.
    private static let bashText = #"""
        # Completes the words of discordctl in bash 3.2 and newer. Made by 'discordctl completion bash'; do not edit.
        _discordctl() {
            local LC_ALL=C line
            COMPREPLY=()
            while IFS= read -r line; do
                case $line in
                    :files) ;;
                    :directories) compopt +o default -o dirnames 2>/dev/null ;;
                    :open) compopt +o default -o nospace 2>/dev/null ;;
                    :*) compopt +o default 2>/dev/null ;;
                    *) COMPREPLY[${#COMPREPLY[@]}]=$line ;;
                esac
            done < <(discordctl __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
        }
        complete -o default -F _discordctl discordctl

        """#

    private static let zshText = #"""
        #compdef discordctl
        # Completes the words of discordctl in zsh. Made by 'discordctl completion zsh'; do not edit.
        _discordctl() {
            local line directive
            local -a described
            while IFS= read -r line; do
                case $line in
                    :*) directive=$line ;;
                    *) described+=("$line") ;;
                esac
            done < <(discordctl __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
            case $directive in
                :files) compset -P '-*='; _files ;;
                :directories) compset -P '-*='; _files -/ ;;
                :open) _describe -V discordctl described -S '' ;;
                *) _describe -V discordctl described ;;
            esac
        }
        if [[ $funcstack[1] == _discordctl ]]; then
            _discordctl "$@"
        else
            compdef _discordctl discordctl
        fi

        """#

    private static let fishText = #"""
        # Completes the words of discordctl in fish. Made by 'discordctl completion fish'; do not edit.
        function __discordctl_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            for line in (discordctl __complete fish $words[2..-1] "$current" 2>/dev/null)
                switch $line
                    case :files :directories
                        set -l before (string match -r -- '^-[^=]*=' "$current")
                        for path in (__fish_complete_path (string replace -r -- '^-[^=]*=' '' "$current"))
                            echo "$before$path"
                        end
                    case ':*'
                    case '*'
                        echo $line
                end
            end
        end
        complete -c discordctl -k -f -a '(__discordctl_complete)'

        """#
}
