// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The programs page-fault, file-read and console-line: what one process asks of the kernel.
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include <linux/magic.h>

#include <bench/suite/counter.h>
#include <bench/suite/programs.h>
#include <bench/suite/work.h>

#define PAGE_BYTES    4096
#define FILE_NAME     "/tmp/file-read"
#define FILE_PIECES   16
#define PIECE_BYTES   (64 * 1024)
#define LINE_LETTERS  64 // the end of the line among them
#define LINES_WARM_UP 4

// The first store to a page of 4 KiB of anonymous memory.
void page_fault_main(char **arguments) {
    const uint64_t samples = number_parse(arguments[0]);
    struct series series = series_make("faults", samples);
    size_t bytes = samples * PAGE_BYTES;
    uint8_t *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        program_fail("not enough memory for %" PRIu64 " pages", samples);
    }
    // A kernel without huge pages refuses, and needs not be told.
    madvise(pages, bytes, MADV_NOHUGEPAGE);
    while (series.count < samples) {
        volatile uint8_t *page = pages + series.count * PAGE_BYTES;
        uint64_t begin = counter_read();
        *page = 1;
        series.ticks[series.count++] = counter_read() - begin;
        if (page[0] != 1 || page[1] != 0 || page[PAGE_BYTES - 1] != 0) {
            program_fail("a new page was not zero");
        }
    }
    series_print(&series);
}

// Fills a piece with random numbers of its own.
static void piece_fill(uint64_t *words, unsigned piece) {
    uint64_t seed = piece;
    for (size_t i = 0; i < PIECE_BYTES / sizeof(*words); i++) {
        words[i] = random_next(&seed);
    }
}

// 64 KiB of a file of 1 MiB, from one end to the other again and again.
void file_read_main(char **arguments) {
    static uint64_t expected[FILE_PIECES][PIECE_BYTES / sizeof(uint64_t)];
    static uint64_t found[PIECE_BYTES / sizeof(uint64_t)];
    const uint64_t samples = number_parse(arguments[0]);
    struct series series = series_make("reads", samples);
    struct statfs system;
    int file = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || fstatfs(file, &system) != 0 || system.f_type != TMPFS_MAGIC) {
        program_fail(FILE_NAME " is not a file in a tmpfs");
    }
    for (unsigned i = 0; i < FILE_PIECES; i++) {
        piece_fill(expected[i], i);
        if (write(file, expected[i], PIECE_BYTES) != PIECE_BYTES) {
            program_fail(FILE_NAME " cannot be written");
        }
    }
    memset(found, 1, sizeof(found));
    for (unsigned piece = 0; series.count < samples; piece = (piece + 1) % FILE_PIECES) {
        uint64_t begin = counter_read();
        ssize_t length = pread(file, found, PIECE_BYTES, (off_t)piece * PIECE_BYTES);
        series.ticks[series.count++] = counter_read() - begin;
        if (length != PIECE_BYTES || memcmp(found, expected[piece], PIECE_BYTES) != 0) {
            program_fail(FILE_NAME " reads as something else than was written");
        }
    }
    close(file);
    unlink(FILE_NAME);
    series_print(&series);
}

// A line of 64 characters to the console, up to when it has left the UART.
void console_line_main(char **arguments) {
    const uint64_t samples = number_parse(arguments[0]);
    struct series series = series_make("lines", samples);
    int console = open("/dev/console", O_WRONLY | O_NOCTTY);
    if (console < 0) {
        program_fail("there is no /dev/console");
    }
    for (uint64_t i = 0; i < LINES_WARM_UP + samples; i++) {
        char line[LINE_LETTERS];
        for (unsigned k = 0; k < LINE_LETTERS - 1; k++) {
            line[k] = (char)('a' + (i + k) % 26);
        }
        line[LINE_LETTERS - 1] = '\n';
        uint64_t begin = counter_read();
        bool written = write(console, line, LINE_LETTERS) == LINE_LETTERS && tcdrain(console) == 0;
        uint64_t ticks = counter_read() - begin;
        if (!written) {
            program_fail("the console takes no line");
        }
        if (i >= LINES_WARM_UP) {
            series.ticks[series.count++] = ticks;
        }
    }
    close(console);
    series_print(&series);
}
