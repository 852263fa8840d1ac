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
