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
