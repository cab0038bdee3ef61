import { test, expect } from 'vitest'
test('ok', () => {}); let n = 0
test('retry', { retry: 2 }, () => { expect(n++).toBe(1) })
test('bad', () => { expect(1).toBe(2) })
