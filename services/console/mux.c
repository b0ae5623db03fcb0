// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The console's logic (services/console/mux.h states its rules and invariants).
#include <lib/base/format.h>
#include <lib/base/string.h>
#include <services/console/mux.h>

const char *mux_check_config(const struct console_config *config) {
    if (config->magic != CONSOLE_CONFIG_MAGIC || config->size != sizeof(*config))
        return "the configuration has another version: rebuild the image";
    if (config->client_count == 0 || config->client_count > CONSOLE_MAX_CLIENTS)
        return "the configuration has no clients, or more than 16";
    for (unsigned i = 0; i < config->client_count; i++)
        if (!config->clients[i].ring ||
            strnlen(config->clients[i].name, CONSOLE_NAME_BYTES) == CONSOLE_NAME_BYTES)
            return "a client has no ring, or its name is too long";
    return NULL;
}

void mux_init(struct mux *mux, const struct console_config *config) {
    mux->client_count = config->client_count;
    for (unsigned i = 0; i < config->client_count; i++) {
        struct ring_page *page = (struct ring_page *)(uintptr_t)config->clients[i].ring;
        struct mux_client *client = &mux->clients[i];
        *client = (struct mux_client){
            .name = config->clients[i].name,
            .output = ring_output(page),
            .input = ring_input(page),
            .is_log = config->clients[i].flags & CONSOLE_CLIENT_LOG,
            .silent = config->clients[i].flags & CONSOLE_CLIENT_NO_SIGNAL,
        };
        if (!client->is_log) {
            mux->guests++;
            if (!mux->focus)
                mux->focus = client;
        }
    }
    mux->last_served = &mux->clients[mux->client_count - 1];
}

// Appends to the console's own text, unless it is full (then the reader of the text is away anyway).
static void say(struct mux *mux, const char *text) {
    uint32_t length = (uint32_t)strlen(text);
    if (mux->text_at == mux->text_length)
        mux->text_at = mux->text_length = 0;
    if (length > MUX_TEXT_BYTES - mux->text_length)
        return;
    memcpy(mux->text + mux->text_length, text, length);
    mux->text_length += length;
}

// Ends an unfinished line.
static void say_line_end(struct mux *mux) {
    if (mux->owner)
        say(mux, "\r\n");
    mux->owner = NULL;
    mux->line_bytes = 0;
}

// Sends the console's own text; false: the UART is full.
static bool send_text(struct mux *mux) {
    uint32_t left = mux->text_length - mux->text_at;
    if (left > 0)
        mux->text_at += mux->send(mux, (const uint8_t *)mux->text + mux->text_at, left);
    return mux->text_at == mux->text_length;
}

// Whether a newline stands in the client's ring, or the ring is full. Bytes that were looked at once are not
// looked at again.
static bool has_line(struct mux_client *client) {
    uint32_t used = ring_used(&client->output);
    if (used == client->output.size)
        return true;
    uint32_t mask = client->output.size - 1;
    for (uint32_t tail = client->output.index->tail; client->scanned < used; client->scanned++)
        if (client->output.data[(tail + client->scanned) & mask] == '\n')
            return true;
    return false;
}

static bool has_bytes(const struct mux_client *client) {
    const uint8_t *bytes;
    return ring_peek(&client->output, &bytes) > 0;
}

// Whether the client has something that may stand at a line's start.
static bool is_ready(const struct mux *mux, struct mux_client *client) {
    return has_bytes(client) && (client == mux->focus || has_line(client));
}

// Whether `client` may break into the unfinished line of another, which has nothing to say now.
static bool may_interrupt(const struct mux *mux, const struct mux_client *client) {
    return client->is_log || mux->idle_rounds >= MUX_PATIENCE ||
           ring_used(&client->output) >= client->output.size / 2;
}

// The next client in turn, other than `except`, that is ready; logs first.
static struct mux_client *next_ready(struct mux *mux, const struct mux_client *except) {
    struct mux_client *found = NULL;
    unsigned start = (unsigned)(mux->last_served - mux->clients);
    for (unsigned i = 1; i <= mux->client_count; i++) {
        struct mux_client *client = &mux->clients[(start + i) % mux->client_count];
        if (client == except || !is_ready(mux, client))
            continue;
        if (client->is_log)
            return client;
        if (!found)
            found = client;
    }
    return found;
}

// Who may send now; NULL: nobody. Ends another's unfinished line where the rules allow it.
static struct mux_client *choose(struct mux *mux) {
    struct mux_client *owner = mux->owner;
    if (!owner)
        return next_ready(mux, NULL);
    bool owner_waits = has_bytes(owner);
    if (owner_waits && mux->line_bytes < MUX_LINE_BYTES)
        return owner;
    struct mux_client *other = next_ready(mux, owner);
    if (other && (owner_waits || may_interrupt(mux, other))) {
        say_line_end(mux);
        return other;
    }
    return owner_waits ? owner : NULL;
}

// Whether a log has something to say.
static bool log_waits(const struct mux *mux) {
    for (unsigned i = 0; i < mux->client_count; i++)
        if (mux->clients[i].is_log && has_bytes(&mux->clients[i]))
            return true;
    return false;
}

// The bytes that go out in one piece now: to the end of the line where somebody else may follow.
static uint32_t piece(const struct mux *mux, const uint8_t *bytes, uint32_t length) {
    if (length > MUX_TURN_BYTES)
        length = MUX_TURN_BYTES;
    if (length == 0 || (mux->guests == 1 && !log_waits(mux)))
        return length; // nobody else: no need to look at the bytes
    const uint8_t *newline = memchr(bytes, '\n', length);
    return newline ? (uint32_t)(newline - bytes) + 1 : length;
}

// Notes that `client` sent these bytes.
static void account(struct mux *mux, struct mux_client *client, const uint8_t *bytes, uint32_t sent) {
    mux->line_bytes += sent;
    if (bytes[sent - 1] == '\n') {
        mux->owner = NULL;
        mux->line_bytes = 0;
    }
    client->scanned = client->scanned > sent ? client->scanned - sent : 0;
    ring_consume(&client->output, sent);
    if (ring_take_want_space(&client->output))
        client->wake = true;
}

// Sends a piece of `client`; false: the UART is full.
static bool serve(struct mux *mux, struct mux_client *client) {
    if (!mux->owner && mux->guests > 1 && !client->is_log) {
        say(mux, "[");
        say(mux, client->name);
        say(mux, "] ");
    }
    mux->owner = client;
    mux->last_served = client;
    mux->idle_rounds = 0;
    if (!send_text(mux))
        return false;
    const uint8_t *bytes;
    uint32_t there = ring_peek(&client->output, &bytes);
    if (there == 0)
        return true; // the client took back what it had written: its own line suffers
    uint32_t length = piece(mux, bytes, there);
    uint32_t sent = mux->send(mux, bytes, length);
    if (sent > 0)
        account(mux, client, bytes, sent);
    return sent == length;
}

// Whether bytes came since the last look.
static bool more_written(struct mux *mux) {
    bool more = false;
    for (unsigned i = 0; i < mux->client_count; i++) {
        struct mux_client *client = &mux->clients[i];
        uint32_t written = __atomic_load_n(&client->output.index->head, __ATOMIC_ACQUIRE);
        more |= written != client->written;
        client->written = written;
    }
    return more;
}

// Whether everything is out, and ended by a newline: then a round is not worth its interrupt, as what follows
// is likely to take its time.
static bool is_at_rest(const struct mux *mux) {
    for (unsigned i = 0; i < mux->client_count; i++)
        if (has_bytes(&mux->clients[i]))
            return false;
    return !mux->owner;
}

// Whether a round from now on may find something to send though nobody writes: a line waits for its turn.
static bool is_patient(struct mux *mux) {
    return mux->owner && mux->idle_rounds < MUX_PATIENCE && next_ready(mux, mux->owner);
}

static void want_data(struct mux *mux, bool want) {
    for (unsigned i = 0; i < mux->client_count; i++)
        (want ? ring_want_data : ring_unwant_data)(&mux->clients[i].output);
}

// Sends for all that may send; false: the UART is full.
static bool serve_all(struct mux *mux) {
    // Bounded by what the clients have written, and what they add meanwhile; a client that never stops takes
    // the console's budget, and its turn with the others.
    for (struct mux_client *client; (client = choose(mux));)
        if (!serve(mux, client))
            return false;
    return send_text(mux);
}

enum mux_state mux_pump(struct mux *mux) {
    if (mux->idle_rounds < MUX_PATIENCE)
        mux->idle_rounds++;
    want_data(mux, false);
    bool more = more_written(mux);
    if (!send_text(mux) || !serve_all(mux))
        return MUX_BLOCKED;
    if ((more && !is_at_rest(mux)) || is_patient(mux))
        return MUX_BUSY;
    want_data(mux, true);
    return more_written(mux) ? MUX_BUSY : MUX_IDLE; // what came before the marks were seen
}

static void show_help(struct mux *mux) {
    char line[CONSOLE_NAME_BYTES + 48];
    unsigned number = 0;
    say_line_end(mux);
    for (unsigned i = 0; i < mux->client_count; i++) {
        const struct mux_client *client = &mux->clients[i];
        if (client->is_log)
            continue;
        format_buffer(line, sizeof(line), "console: Ctrl-] %u  %s%s\r\n", ++number, client->name,
                      client == mux->focus ? " (here)" : "");
        say(mux, line);
    }
    say(mux, "console: Ctrl-] n  next, Ctrl-] Ctrl-]  sends Ctrl-]\r\n");
}

static void set_focus(struct mux *mux, struct mux_client *client) {
    char line[CONSOLE_NAME_BYTES + 48];
    mux->focus = client;
    say_line_end(mux);
    format_buffer(line, sizeof(line), "console: input goes to %s\r\n", client->name);
    say(mux, line);
}

// The guest with this number (from 1), or NULL.
static struct mux_client *find_guest(struct mux *mux, unsigned number) {
    for (unsigned i = 0; i < mux->client_count; i++)
        if (!mux->clients[i].is_log && --number == 0)
            return &mux->clients[i];
    return NULL;
}

static struct mux_client *next_guest(struct mux *mux) {
    unsigned at = (unsigned)(mux->focus - mux->clients);
    do
        at = (at + 1) % mux->client_count;
    while (mux->clients[at].is_log);
    return &mux->clients[at];
}

// Input for the client in focus, several clients: what does not fit is lost, with a BEL.
static void give_or_ring(struct mux *mux, const uint8_t *bytes, uint32_t length) {
    if (length == 0)
        return;
    if (ring_write(&mux->focus->input, bytes, length) < length)
        say(mux, "\a");
    mux->focus->wake = true;
}

static void perform_escape(struct mux *mux, uint8_t key) {
    struct mux_client *client = NULL;
    if (key == MUX_ESCAPE) {
        give_or_ring(mux, &key, 1);
        return;
    }
    if (key >= '1' && key <= '9')
        client = find_guest(mux, key - '0');
    else if (key == 'n')
        client = next_guest(mux);
    if (client)
        set_focus(mux, client);
    else
        show_help(mux);
}

uint32_t mux_input(struct mux *mux, const uint8_t *bytes, uint32_t length) {
    if (!mux->focus)
        return length;
    if (mux->guests == 1) {
        uint32_t taken = ring_write(&mux->focus->input, bytes, length);
        mux->focus->wake = true;
        return taken;
    }
    uint32_t start = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (mux->escaped) {
            mux->escaped = false;
            start = i + 1;
            perform_escape(mux, bytes[i]);
        } else if (bytes[i] == MUX_ESCAPE) {
            mux->escaped = true;
            give_or_ring(mux, bytes + start, i - start);
            start = i + 1;
        }
    }
    give_or_ring(mux, bytes + start, length - start);
    return length;
}
