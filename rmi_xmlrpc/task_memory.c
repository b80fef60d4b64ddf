/* task_memory.c - allocation functions for GMP that take the bytes of each thread's task one after the other, and free all of
 * them together. */
#include "../common/demo.h"

#include "task_memory.h"

#include <gmp.h>
#include <pthread.h>
#include <sys/mman.h>

enum { ALIGNMENT = 16 };

/* GMP gives its functions no context, so each thread has its own. */
static _Thread_local struct {
    char *bytes;  /* TASK_MEMORY of them; NULL: this thread runs no task */
    size_t asked; /* so far */
} memory;

/* Without a task, or when its memory does not suffice, malloc(3) serves. */
static void *allocate(size_t size)
{
    const size_t begin = memory.asked, end = begin + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (memory.bytes != NULL) memory.asked = end;
    if (memory.bytes != NULL && end <= TASK_MEMORY) return memory.bytes + begin;
    void *block = malloc(size);
    if (block == NULL) err(DEMO_FAILED, "a number of %zu bytes", size);
    return block;
}

static void release(void *block, size_t size)
{
    const uintptr_t at = (uintptr_t)block, bytes = (uintptr_t)memory.bytes;
    (void)size;
    if (memory.bytes == NULL || at < bytes || at >= bytes + TASK_MEMORY) free(block); /* others stay until the end */
}

static void *reallocate(void *block, size_t before, size_t size)
{
    void *moved = allocate(size);
    memcpy(moved, block, before < size ? before : size);
    release(block, before);
    return moved;
}

static void tell_gmp(void) { mp_set_memory_functions(allocate, reallocate, release); }

bool task_memory_take(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, tell_gmp);
    void *bytes = mmap(NULL, TASK_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return false;
    memory.bytes = bytes;
    memory.asked = 0;
    return true;
}

size_t task_memory_give_back(void)
{
    munmap(memory.bytes, TASK_MEMORY);
    memory.bytes = NULL;
    return memory.asked;
}
