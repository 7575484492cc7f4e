import { pause, random } from './send.ts'

/** Longer than a refresh lasts: a page that holds the lock longer is frozen. */
const patience = 20_000

/** Milliseconds in which what another page wrote before its turn was over gets here. */
const settling = 20

/**
 * Does the work while no other page of the browser does any under this name. Where that
 * cannot be had it does the work all the same: the service answers two refreshes at once
 * with the same tokens.
 */
export async function alone<T>(name: string | undefined, task: () => Promise<T>): Promise<T> {
  if (!name) return task()
  const work = () => pause(settling).then(task)
  const locks = globalThis.navigator?.locks
  if (!locks) return lease(name, work)
  const wait = new AbortController()
  const timer = setTimeout(() => wait.abort(), patience)
  let begun = false
  try {
    return await locks.request(name, { signal: wait.signal }, () => {
      begun = true
      clearTimeout(timer)
      return work()
    })
  } catch (err) {
    if (begun) throw err
    return work()
  } finally {
    clearTimeout(timer)
  }
}

/** The same by a note in localStorage, for pages without Web Locks, as those over http. */
async function lease<T>(name: string, work: () => Promise<T>): Promise<T> {
  const [note, own] = [`${name}.lock`, random()]
  const held = () => {
    const [owner, until] = (localStorage.getItem(note) ?? '').split(' ')
    // A note of the far future is of another clock.
    const left = Number(until) - Date.now()
    return left > 0 && left <= patience ? owner : undefined
  }
  try {
    for (const end = performance.now() + patience; performance.now() < end; ) {
      if (held()) {
        await pause(50)
        continue
      }
      localStorage.setItem(note, `${own} ${Date.now() + patience}`)
      await pause(10 + Math.random() * 20) // another page may have written at the same time
      if (held() === own) break
    }
  } catch {
    // There is no storage to agree by.
  }
  try {
    return await work()
  } finally {
    try {
      if (held() === own) localStorage.removeItem(note)
    } catch {
      // As above.
    }
  }
}
