# fish completion of certconnector(1). The program itself knows what can come next.

function __certconnector_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l path (string replace -r -- '^--[^=]*=' '' "$current")
    set -l answer ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case files
            for one in (__fish_complete_path "$path")
                echo "$option$one"
            end
        case folders
            for one in (__fish_complete_directories "$path")
                echo "$option$one"
            end
    end
    set -e answer[1]
    for one in $answer
        echo $one
    end
end

complete -c certconnector -f -a '(__certconnector_complete)'
