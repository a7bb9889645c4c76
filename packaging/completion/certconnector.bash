# bash completion of certconnector(1)                            -*- shell-script -*-
# The program itself knows what can come next.

_certconnector() {
    # bash cuts words at : and =, where the program does not.
    local -a words=()
    local i word
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]})) && [[ $word == [:=]* || ${words[-1]} == *[:=] ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    local cur=${words[-1]}
    local part=${cur##*[:=]}
    local before=${cur%"$part"}

    COMPREPLY=()
    local -a answer
    mapfile -t answer < <("$1" __complete -- "${words[@]}" 2>/dev/null)
    case ${answer[0]} in
        files)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "${cur#--*=}")
            ;;
        folders)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "${cur#--*=}")
            ;;
    esac
    for word in "${answer[@]:1}"; do
        word=${word%%$'\t'*}
        COMPREPLY+=("${word#"$before"}")
    done
}

complete -F _certconnector certconnector
