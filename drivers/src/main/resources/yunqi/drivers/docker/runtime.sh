#!/usr/bin/env -S -C / sh
# The OCI runtime of containers: runc, but a container joins the network namespace that its host made ready for it, so that its address
# outlives restarts. The agent records which one in netns/CONTAINER beside this script, before each start. Whatever is not as
# expected ends the container's start: it never gets the host's network, nor an empty one that nobody notices.
# It stands in / and not in the bundle, where it is called: containerd's cleaning-up after an earlier run can take the bundle of a run along,
# and a shell that stands in a folder that is gone says so in the middle of what a command in the container says.
# Only the bundle's config.json is read here, and only by jq: nothing that a tenant wrote reaches this shell.
set -eu
umask 077
here=${0%/*}

refuse() {
    echo "yunqi: $*" >&2
    exit 1
}

# Creates from the words after the global options; $bundle and the last word (the container) are all that matters.
command='' bundle='' container='' previous=''
for word in "$@"; do
    case $previous in
    --bundle | -b) bundle=$word ;;
    --root | --log | --log-format | --criu | --rootless | --pid-file | --console-socket | --preserve-fds) ;;
    *)
        case $word in
        --bundle=*) bundle=${word#--bundle=} ;;
        -*) ;;
        *) command=${command:-$word} ;;
        esac
        ;;
    esac
    previous=$word container=$word
done

case $command in
run | restore) refuse "'$command' is not used here, and would not join the recorded network" ;;
create) ;;
*) exec runc "$@" ;;
esac

case $container in
'' | *[!0-9a-f]*) refuse "'$container' is not the id of a container" ;;
esac
[ -n "$bundle" ] || refuse 'create without --bundle'
config=$bundle/config.json
record=$here/netns/$container
[ -r "$record" ] || refuse "no network namespace is recorded for $container"
IFS= read -r path <"$record" || refuse "the record of $container's network namespace is empty"
case $path in
/*) ;;
*) refuse "the record of $container's network namespace is not a path" ;;
esac
[ -e "$path" ] || refuse "the network namespace $path is not there"
[ ! "$path" -ef /proc/self/ns/net ] || refuse "$path is the host's own network"

# Docker's own hook would tell dockerd of a namespace that isn't dockerd's.
join_by_jq() {
    jq -c --arg path "$path" '
        if [.linux.namespaces[] | select(.type == "network")] | length == 1 then . else error("no network namespace of its own") end
        | .linux.namespaces |= map(if .type == "network" then {type, path: $path} else . end)
        | if .hooks.prestart then .hooks.prestart |= map(select(.args[0] != "libnetwork-setkey")) else . end
    ' "$config" >"$config.joined" || refuse "the bundle of $container cannot be read"
    mv -f "$config.joined" "$config"
}

# What dockerd writes is one line of JSON without spaces, where the two texts below cannot be part of anything that a tenant wrote: a quote inside
# of a JSON string has a backslash before it. Looking for them costs a tenth of starting jq. Anything else is left to jq.
network='{"type":"network"}'
hook='"hooks":{"prestart":[{"path":"/proc/'
setkey='/exe","args":["libnetwork-setkey",'
text=$(cat "$config") || refuse "the bundle of $container cannot be read"
before=${text%%"$network"*} after=${text#*"$network"}
rest=${before#*"$hook"}
number=${rest%%"$setkey"*} others=${rest#*'"]}]}'}
case $path/$number in
*[!0-9a-zA-Z/_.-]*) number= ;;
esac
if [ "$before" != "$text" ] && [ "${after#*"$network"}" = "$after" ] && [ "$rest" != "$before" ] && [ "$others" != "$rest" ] &&
    [ -n "$number" ] && [ "${#number}" -lt 12 ]; then
    printf '%s"hooks":{}%s{"type":"network","path":"%s"}%s' "${before%%"$hook"*}" "$others" "$path" "$after" >"$config"
else
    join_by_jq
fi
exec runc "$@"
