# shellcheck shell=bash
# A Redis of our own under var/redis: loopback, password, every write on disk within a second, nothing ever evicted.

redis_answers() {
  [ "$(REDISCLI_AUTH=$(secret REDIS_PASSWORD) redis-cli -h 127.0.0.1 -p "$(kept_port redis)" PING 2>/dev/null)" = PONG ]
}

redis_running() { is_running redis; }

redis_folder() { readlink -f "$VAR/redis"; }

redis_start() {
  local user
  redis_running && return
  user=$(service_user redis)
  service_folder redis "$user"
  (umask 077 && redis_settings | as_user "$user" tee "$(redis_folder)/redis.conf" >/dev/null)
  start_process redis "$user" redis-server "$(redis_folder)/redis.conf"
  wait_until 20 redis_answers || fail "Redis did not start; see $VAR/log/redis.log."
}

redis_settings() {
  cat <<SETTINGS
bind 127.0.0.1
port $(keep_port redis)
requirepass $(secret REDIS_PASSWORD)
dir "$(redis_folder)"
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
SETTINGS
}

redis_stop() { stop_process redis 20; }
