from .conftest import Run


def test_stopping_also_ends_a_grandchild_with_a_session_of_its_own(shell: Run) -> None:
    done = shell(
        """
        make_var
        start_process parent "$(id -un)" bash -c 'setsid sleep 300 & wait'
        read -r pid start <"$VAR/run/parent.pid"
        wait_until 5 eval '[ -n "$(descendants "$pid")" ]'
        read -r child childstart <<<"$(descendants "$pid")"
        stop_process parent 2
        is_same "$pid" "$start" || is_same "$child" "$childstart" || echo "both gone"
        """
    )
    assert (done.stdout, done.stderr) == ("both gone\n", "")


def test_a_process_that_ignores_the_request_is_ended_after_its_grace(shell: Run) -> None:
    done = shell(
        """
        make_var
        start_process stubborn "$(id -un)" bash -c 'trap "" TERM; echo ready; while :; do sleep 1; done'
        wait_until 5 grep ready "$VAR/log/stubborn.log"
        stop_process stubborn 1
        is_running stubborn || echo "gone after $SECONDS s"
        """
    )
    assert done.stdout in ("gone after 1 s\n", "gone after 2 s\n", "gone after 3 s\n")


def test_somebody_else_s_process_with_a_reused_id_is_left_alone(shell: Run) -> None:
    done = shell(
        """
        make_var
        sleep 300 & other=$!
        echo "$other 12345" >"$VAR/run/ours.pid"
        stop_process ours 1
        kill -0 "$other" && echo "still there"
        kill "$other"
        """
    )
    assert done.stdout == "still there\n"


def test_a_taken_port_is_replaced_by_a_free_one(shell: Run) -> None:
    done = shell(
        """
        make_var
        echo "redis=$1" >"$VAR/ports"
        port_taken() { [ "$1" = 23456 ]; }
        [ "$(keep_port redis)" != 23456 ] && keep_port postgres >/dev/null && cut -d = -f 1 "$VAR/ports"
        rm "$VAR/ports"
        """,
        "23456",
    )
    assert done.stdout == "redis\npostgres\n"
