const { f } = require('./a')
describe('a', () => { test('one', () => { expect(f(1)).toBe(2) }); test('bad', () => { expect(f(1)).toBe(3) }); test.skip('s', () => {}) })
