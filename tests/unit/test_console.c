// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The console's rules: whose bytes are printed when, and whose the input is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <services/console/mux.h>

static struct ring_page pages[4];
static struct console_config config;
static struct mux mux;
static char screen[8192];
static uint32_t screen_length, fifo; // bytes that the UART takes before it is full

static uint32_t fake_send(struct mux *self, const uint8_t *bytes, uint32_t length) {
    (void)self;
    uint32_t sent = length < fifo ? length : fifo;
    memcpy(screen + screen_length, bytes, sent);
    screen_length += sent;
    screen[screen_length] = 0;
    fifo -= sent;
    return sent;
}

// Client 0 is root's log; `guests` more follow.
static void start(unsigned guests) {
    static const char *const names[] = {"log", "one", "two", "three"};
    memset(pages, 0, sizeof(pages));
    memset(&mux, 0, sizeof(mux));
    memset(&config, 0, sizeof(config));
    config.magic = CONSOLE_CONFIG_MAGIC;
    config.size = sizeof(config);
    config.client_count = guests + 1;
    for (unsigned i = 0; i <= guests; i++) {
        strcpy(config.clients[i].name, names[i]);
        config.clients[i].ring = (uintptr_t)&pages[i];
        config.clients[i].flags = i == 0 ? CONSOLE_CLIENT_LOG : 0;
    }
    assert_null(mux_check_config(&config));
    mux.send = fake_send;
    mux_init(&mux, &config);
    screen_length = 0;
    screen[0] = 0;
    fifo = UINT32_MAX;
}

static void print(unsigned client, const char *text) {
    struct ring ring = ring_output(&pages[client]);
    assert_int_equal(ring_write(&ring, text, (uint32_t)strlen(text)), strlen(text));
    mux_pump(&mux);
}

static void type(const char *text) {
    assert_int_equal(mux_input(&mux, (const uint8_t *)text, (uint32_t)strlen(text)), strlen(text));
    mux_pump(&mux);
}

static const char *typed(unsigned client) {
    static char text[RING_INPUT_BYTES + 1];
    struct ring ring = ring_input(&pages[client]);
    text[ring_read(&ring, text, RING_INPUT_BYTES)] = 0;
    return text;
}

static void a_single_guest_prints_bytes_as_they_are(void **state) {
    (void)state;
    start(1);
    print(1, "boot");
    assert_string_equal(screen, "boot");
    print(1, "ing\r\nsecond\n\rthird\n\n$ ");
    assert_string_equal(screen, "booting\r\nsecond\n\rthird\n\n$ ");
}

static void the_log_waits_for_bytes_but_not_for_a_prompt(void **state) {
    (void)state;
    start(1);
    fifo = 3;
    print(1, "line one\r\n$ ");
    print(0, "root: hello\r\n");
    fifo = UINT32_MAX;
    mux_pump(&mux);
    assert_string_equal(screen, "line one\r\nroot: hello\r\n$ ");
    print(0, "root: again\r\n");
    assert_string_equal(screen, "line one\r\nroot: hello\r\n$ \r\nroot: again\r\n");
}

static void an_unfinished_log_line_is_not_shown(void **state) {
    (void)state;
    start(1);
    print(0, "root: half");
    assert_string_equal(screen, "");
    print(0, " done\r\n");
    assert_string_equal(screen, "root: half done\r\n");
}

static void several_guests_have_prefixes_and_whole_lines(void **state) {
    (void)state;
    start(2);
    print(2, "from two\r\nhal");
    print(1, "one starts");
    print(2, "f\r\n");
    print(1, ", one ends\r\n");
    assert_string_equal(screen, "[two] from two\r\n[one] one starts, one ends\r\n[two] half\r\n");
}

static void a_prompt_gives_way_after_some_patience(void **state) {
    (void)state;
    start(2);
    print(1, "$ ");
    print(2, "news\r\n");
    assert_string_equal(screen, "[one] $ ");
    for (unsigned i = 0; i < MUX_PATIENCE; i++)
        mux_pump(&mux);
    assert_string_equal(screen, "[one] $ \r\n[two] news\r\n");
    print(1, "ls\r\n");
    assert_string_equal(screen, "[one] $ \r\n[two] news\r\n[one] ls\r\n");
}

// Writes a byte; returns whether the console must be signalled.
static bool put(unsigned client, char byte) {
    struct ring ring = ring_output(&pages[client]);
    assert_int_equal(ring_write(&ring, &byte, 1), 1);
    return ring_take_want_data(&ring);
}

static void a_head_that_goes_back_hides_no_bytes(void **state) {
    (void)state;
    start(2);
    print(1, "$ ");
    while (mux_pump(&mux) != MUX_IDLE)
        ;
    pages[1].output.head--;
    (void)put(2, 'x');
    assert_int_equal(mux_pump(&mux), MUX_BUSY);
}

// A writer that waits for the console is not kept by a line that the console does not show yet.
static void what_is_not_shown_yet_is_settled(void **state) {
    (void)state;
    start(2);
    struct ring ring = ring_output(&pages[2]);
    while (mux_pump(&mux) != MUX_IDLE)
        ;
    assert_int_equal(ring_write(&ring, "line\nprompt", 11), 11);
    assert_true(ring_take_want_data(&ring));
    assert_false(ring_is_settled(&ring));
    while (mux_pump(&mux) != MUX_IDLE)
        assert_false(ring_is_settled(&ring));
    assert_true(ring_is_settled(&ring));
    assert_int_equal(ring_used(&ring), 6);
    assert_string_equal(screen, "[two] line\n");
}

static void a_first_byte_wakes_the_console_and_is_out_at_once(void **state) {
    (void)state;
    start(1);
    assert_int_equal(mux_pump(&mux), MUX_IDLE);
    assert_true(put(1, 'a'));
    assert_int_equal(mux_pump(&mux), MUX_BUSY);
    assert_string_equal(screen, "a");
}

static void bytes_that_follow_gather_for_a_round(void **state) {
    (void)state;
    start(1);
    print(1, "a");
    for (const char *byte = "bcd"; *byte; byte++)
        assert_false(put(1, *byte));
    assert_string_equal(screen, "a");
    assert_int_equal(mux_pump(&mux), MUX_BUSY);
    assert_string_equal(screen, "abcd");
    assert_int_equal(mux_pump(&mux), MUX_IDLE);
    assert_true(put(1, 'e'));
    assert_false(put(1, 'f'));
}

static void the_end_of_a_line_is_no_reason_to_look_again(void **state) {
    (void)state;
    start(2);
    print(1, "lin");
    put(1, 'e');
    put(1, '\n');
    assert_int_equal(mux_pump(&mux), MUX_IDLE);
    assert_true(put(1, 'a'));
    assert_int_equal(mux_pump(&mux), MUX_BUSY);
}

// A guest that prints byte by byte while another has the focus: nothing of it is shown, but the console must
// see the line's end.
static void the_rest_of_a_hidden_line_wakes_the_console(void **state) {
    (void)state;
    start(2);
    for (const char *byte = "hidden\n"; *byte; byte++) {
        while (mux_pump(&mux) != MUX_IDLE)
            ;
        assert_true(put(2, *byte));
    }
    assert_int_equal(mux_pump(&mux), MUX_IDLE);
    assert_string_equal(screen, "[two] hidden\n");
}

// Whose line waits for a prompt needs nobody's signal to get its turn.
static void patience_ends_by_itself(void **state) {
    (void)state;
    unsigned rounds = 0;
    start(2);
    print(1, "$ ");
    print(2, "news\r\n");
    while (mux_pump(&mux) != MUX_IDLE)
        rounds++;
    assert_in_range(rounds, MUX_PATIENCE - 2, MUX_PATIENCE + 2);
    assert_string_equal(screen, "[one] $ \r\n[two] news\r\n");
}

static void a_full_uart_wakes_by_its_interrupt_alone(void **state) {
    (void)state;
    start(1);
    fifo = 1;
    struct ring ring = ring_output(&pages[1]);
    ring_write(&ring, "abc", 3);
    assert_int_equal(mux_pump(&mux), MUX_BLOCKED);
    assert_false(put(1, 'd'));
    fifo = UINT32_MAX;
    assert_int_equal(mux_pump(&mux), MUX_BUSY);
    assert_string_equal(screen, "abcd");
}

static void a_half_full_ring_does_not_wait_for_a_prompt(void **state) {
    (void)state;
    char line[101];
    start(2);
    print(1, "$ ");
    memset(line, 'x', 99);
    line[99] = '\n';
    line[100] = 0;
    for (unsigned i = 0; i < RING_OUTPUT_BYTES / 200 + 1; i++)
        print(2, line);
    assert_true(screen_length > 900);
}

static void a_guest_without_newlines_does_not_silence_others(void **state) {
    (void)state;
    static char flood[1025];
    start(3);
    memset(flood, '#', sizeof(flood) - 1);
    fifo = 1000;
    print(2, "quiet\r\n"); // shown: nobody owns a line
    for (unsigned i = 0; i < 20 && !strstr(screen, "three"); i++) {
        struct ring ring = ring_output(&pages[1]);
        ring_write(&ring, flood, sizeof(flood) - 1);
        fifo = 500;
        print(3, i == 0 ? "last\r\n" : "");
    }
    assert_non_null(strstr(screen, "\r\n[three] last\r\n"));
}

static void a_hostile_ring_prints_nothing_and_harms_nobody(void **state) {
    (void)state;
    start(2);
    pages[1].output.head = 0x80000000;
    print(2, "alive\r\n");
    assert_string_equal(screen, "[two] alive\r\n");
}

static void a_full_uart_loses_nothing(void **state) {
    (void)state;
    start(2);
    fifo = 0;
    print(2, "two\r\n");
    print(1, "one\r\n");
    for (unsigned i = 0; i < 40; i++) {
        fifo = 1;
        mux_pump(&mux);
    }
    assert_string_equal(screen, "[two] two\r\n[one] one\r\n");
}

static void a_client_that_waits_for_room_is_woken(void **state) {
    (void)state;
    static char much[RING_OUTPUT_BYTES + 100];
    start(1);
    memset(much, 'a', sizeof(much));
    struct ring ring = ring_output(&pages[1]);
    assert_int_equal(ring_write(&ring, much, sizeof(much)), RING_OUTPUT_BYTES);
    mux_pump(&mux);
    assert_true(mux.clients[1].wake);
    assert_int_equal(screen_length, RING_OUTPUT_BYTES);
}

static void input_of_a_single_guest_is_its_own(void **state) {
    (void)state;
    start(1);
    type("ls\x1d"
         "2\r");
    assert_string_equal(typed(1), "ls\x1d"
                                  "2\r");
    assert_true(mux.clients[1].wake);
    assert_string_equal(screen, "");
}

static void input_of_a_single_guest_waits_for_room(void **state) {
    (void)state;
    static uint8_t much[RING_INPUT_BYTES + 1];
    start(1);
    assert_int_equal(mux_input(&mux, much, sizeof(much)), RING_INPUT_BYTES);
    assert_int_equal(mux_input(&mux, much, 1), 0);
}

static void the_escape_key_switches(void **state) {
    (void)state;
    start(2);
    type("a\x1d"
         "2b");
    assert_string_equal(typed(1), "a");
    assert_string_equal(typed(2), "b");
    assert_string_equal(screen, "console: input goes to two\r\n");
    type("\x1dn");
    type("c\x1d\x1d");
    assert_string_equal(typed(1), "c\x1d");
    type("\x1d"
         "1\x1d");
    type("2d");
    assert_string_equal(typed(2), "d");
}

static void help_lists_the_guests(void **state) {
    (void)state;
    start(2);
    print(1, "$ ");
    type("\x1d?");
    assert_string_equal(screen, "[one] $ \r\nconsole: Ctrl-] 1  one (here)\r\nconsole: Ctrl-] 2  two\r\n"
                                "console: Ctrl-] n  next, Ctrl-] Ctrl-]  sends Ctrl-]\r\n");
    type("\x1d"
         "9"); // no such guest
    assert_non_null(strstr(screen + 60, "(here)"));
}

static void a_stuck_guest_does_not_block_the_escape_key(void **state) {
    (void)state;
    static uint8_t much[2 * RING_INPUT_BYTES];
    start(2);
    memset(much, 'x', sizeof(much));
    assert_int_equal(mux_input(&mux, much, sizeof(much)), sizeof(much));
    type("\x1d"
         "2y");
    assert_string_equal(typed(2), "y");
    assert_non_null(strchr(screen, '\a'));
}

static void a_wrong_configuration_is_refused(void **state) {
    (void)state;
    start(1);
    config.magic++;
    assert_non_null(mux_check_config(&config));
    start(1);
    config.client_count = CONSOLE_MAX_CLIENTS + 1;
    assert_non_null(mux_check_config(&config));
    start(1);
    memset(config.clients[1].name, 'n', CONSOLE_NAME_BYTES);
    assert_non_null(mux_check_config(&config));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_guest_prints_bytes_as_they_are),
        cmocka_unit_test(the_log_waits_for_bytes_but_not_for_a_prompt),
        cmocka_unit_test(an_unfinished_log_line_is_not_shown),
        cmocka_unit_test(several_guests_have_prefixes_and_whole_lines),
        cmocka_unit_test(a_prompt_gives_way_after_some_patience),
        cmocka_unit_test(a_head_that_goes_back_hides_no_bytes),
        cmocka_unit_test(what_is_not_shown_yet_is_settled),
        cmocka_unit_test(a_first_byte_wakes_the_console_and_is_out_at_once),
        cmocka_unit_test(bytes_that_follow_gather_for_a_round),
        cmocka_unit_test(the_rest_of_a_hidden_line_wakes_the_console),
        cmocka_unit_test(the_end_of_a_line_is_no_reason_to_look_again),
        cmocka_unit_test(patience_ends_by_itself),
        cmocka_unit_test(a_full_uart_wakes_by_its_interrupt_alone),
        cmocka_unit_test(a_half_full_ring_does_not_wait_for_a_prompt),
        cmocka_unit_test(a_guest_without_newlines_does_not_silence_others),
        cmocka_unit_test(a_hostile_ring_prints_nothing_and_harms_nobody),
        cmocka_unit_test(a_full_uart_loses_nothing),
        cmocka_unit_test(a_client_that_waits_for_room_is_woken),
        cmocka_unit_test(input_of_a_single_guest_is_its_own),
        cmocka_unit_test(input_of_a_single_guest_waits_for_room),
        cmocka_unit_test(the_escape_key_switches),
        cmocka_unit_test(help_lists_the_guests),
        cmocka_unit_test(a_stuck_guest_does_not_block_the_escape_key),
        cmocka_unit_test(a_wrong_configuration_is_refused),
    };
    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
