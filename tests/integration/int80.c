/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for the parent's pid the way programs for i386 do, without being one.
 * Exits with 3 if there is an answer, with 4 if it is an error.
 */

#define GETPPID_I386 64L

int main(void)
{
	long answer;

	__asm__ volatile("int $0x80" : "=a"(answer) : "a"(GETPPID_I386) : "memory");
	return answer >= 0 ? 3 : 4;
}
