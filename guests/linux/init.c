// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// /init of the Linux guest. `glacis.case=NAME` on the kernel's command line runs that benchmark case and
// powers off; without it there is a busybox shell on the console. Invariants:
// 1. The first thing that main does is to read the counter: this is the figure of the case boot.
// 2. Every boot prints `@boot TICKS`, `@kernel RELEASE` and `@fdt SHA256`, the latter of the device tree that
//    the kernel was given, outside of every measured interval.
//    A processor whose frequency Linux governs is told by `@clock GOVERNOR KHZ`.
// 3. It never returns: the machine powers off or restarts.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <bench/suite/counter.h>

#define CPU_FREQUENCY "/sys/devices/system/cpu/cpu0/cpufreq/"

// The signals that this process waits for: children's ends, and what busybox's reboot, halt and poweroff ask
// of process 1. They stay blocked, so that none is lost between two waits.
static sigset_t awaited;

static int signal_command(int number) {
    return number == SIGTERM ? RB_AUTOBOOT : number == SIGCHLD ? 0 : RB_POWER_OFF;
}

static void file_systems_mount(void) {
    mkdir("/proc", 0555);
    mkdir("/sys", 0555);
    mkdir("/dev", 0755);
    mkdir("/tmp", 01777);
    mkdir("/root", 0700);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
}

// Copies what stands behind `key` on the kernel's command line, up to a space; false when it is not there.
static bool command_line_get(const char *key, char *value, size_t size) {
    char line[4096];
    int fd = open("/proc/cmdline", O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (length < 0) {
        return false;
    }
    line[length] = '\0';
    for (char *save, *word = strtok_r(line, " \n", &save); word != NULL;
         word = strtok_r(NULL, " \n", &save)) {
        if (strncmp(word, key, strlen(key)) == 0) {
            snprintf(value, size, "%s", word + strlen(key));
            return true;
        }
    }
    return false;
}

static bool word_read(const char *path, char word[64]) {
    FILE *file = fopen(path, "r");
    bool read = file != NULL && fscanf(file, "%63s", word) == 1;
    if (file != NULL) {
        fclose(file);
    }
    return read;
}

static void clock_print(void) {
    char governor[64], khz[64];
    if (word_read(CPU_FREQUENCY "scaling_governor", governor) &&
        word_read(CPU_FREQUENCY "scaling_cur_freq", khz)) {
        printf("@clock %s %s\n", governor, khz);
    }
}

// The name of the device behind /dev/console, for a controlling terminal: /dev/console itself cannot be one.
static void console_name(char *path, size_t size) {
    char active[64] = "console";
    FILE *file = fopen("/sys/class/tty/console/active", "r");
    if (file != NULL) {
        // With several consoles the last is /dev/console.
        while (fscanf(file, "%63s", active) == 1) {
        }
        fclose(file);
    }
    snprintf(path, size, "/dev/%s", active);
}

static void child_exec(const char *const *argv, bool interactive) {
    if (interactive) {
        char path[80];
        console_name(path, sizeof(path));
        setsid();
        int fd = open(path, O_RDWR);
        if (fd >= 0) {
            ioctl(fd, TIOCSCTTY, 1);
            dup2(fd, STDIN_FILENO);
            dup2(fd, STDOUT_FILENO);
            dup2(fd, STDERR_FILENO);
            close(fd);
        }
    }
    sigprocmask(SIG_UNBLOCK, &awaited, NULL);
    execv(argv[0], (char *const *)argv);
    printf("init: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

// Runs a program to its end and reaps what else ends. Returns 0, or early with the reboot command that a
// signal asks for.
static int program_run(const char *const *argv, bool interactive) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        child_exec(argv, interactive);
    }
    bool running = pid > 0;
    while (running) {
        int command = signal_command(sigwaitinfo(&awaited, NULL));
        if (command != 0) {
            return command;
        }
        for (pid_t ended; (ended = waitpid(-1, NULL, WNOHANG)) > 0;) {
            running = running && ended != pid;
        }
    }
    return 0;
}

static void system_end(int command) {
    fflush(stdout);
    sync();
    // The last line must have left the UART.
    tcdrain(STDOUT_FILENO);
    reboot(command);
    pause();
}

// Returns the reboot command that ended it.
static int shell_run(void) {
    const char *const install[] = {"/bin/busybox", "--install", "-s", "/bin", NULL};
    const char *const shell[] = {"/bin/busybox", "sh", NULL};
    program_run(install, false);
    printf("\nGlacis Linux guest: sysbench, cyclictest and glacis-bench are here; `poweroff` or `reboot` "
           "ends it.\n\n");
    int command = 0;
    while (command == 0) {
        command = program_run(shell, true);
    }
    return command;
}

static void case_run(const char *name) {
    const char *const bench[] = {"/bin/glacis-bench", name, NULL};
    const char *const tree[] = {"/bin/busybox", "base64", "/sys/firmware/fdt", NULL};
    if (strcmp(name, "tree") == 0) {
        printf("@tree begin\n");
        program_run(tree, false);
        printf("@tree end\n");
    } else if (strcmp(name, "boot") != 0) {
        program_run(bench, false);
    }
}

int main(void) {
    uint64_t ticks = counter_read();
    char name[64];
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGUSR1);
    sigaddset(&awaited, SIGUSR2);
    sigaddset(&awaited, SIGTERM);
    sigprocmask(SIG_BLOCK, &awaited, NULL);

    file_systems_mount();
    bool has_case = command_line_get("glacis.case=", name, sizeof(name));
    if (has_case && strcmp(name, "boot") == 0) {
        printf("@bench end boot\n@result boot ticks=%" PRIu64 " freq=%" PRIu64 "\n", ticks,
               counter_frequency());
    }
    printf("@boot %" PRIu64 "\n", ticks);
    struct utsname system;
    if (uname(&system) == 0) {
        printf("@kernel %s\n", system.release);
    }

    clock_print();

    setenv("PATH", "/bin:/usr/bin", 1);
    setenv("HOME", "/root", 1);
    setenv("TERM", "vt100", 0);
    const char *const hash[] = {"/bin/busybox", "sh", "-c",
                                "set -- $(busybox sha256sum /sys/firmware/fdt); echo @fdt $1", NULL};
    program_run(hash, false);
    int command = RB_POWER_OFF;
    if (has_case) {
        case_run(name);
    } else {
        command = shell_run();
    }
    system_end(command);
}
