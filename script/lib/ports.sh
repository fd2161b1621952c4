# shellcheck shell=bash
# Free ports of 127.0.0.1, chosen once and kept in var/ports as long as nobody else takes them.

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000)) # below the range the kernel gives to clients
    port_taken "$port" || break
  done
  echo "$port"
}

# keep_port NAME: prints the port of a service that is not running, remembering a new one when the old one is taken.
keep_port() {
  local port
  port=$(kept_port "$1")
  if [ -z "$port" ] || port_taken "$port"; then
    port=$(free_port)
    touch "$VAR/ports"
    { sed "/^$1=/d" "$VAR/ports"; echo "$1=$port"; } >"$VAR/ports.new"
    mv "$VAR/ports.new" "$VAR/ports"
  fi
  echo "$port"
}

kept_port() { sed -n "s/^$1=//p" "$VAR/ports" 2>/dev/null; }
