import { pause, random } from './send.ts'

/** Longer than a refresh takes: a page that holds the lock longer is frozen. */
const patience = 20_000

/** Milliseconds until a write of another page, made before its turn ended, is visible here. */
const settling = 20

/**
 * Runs the work while no other page of the browser runs any under this name. If no lock is
 * available it runs the work anyway: the service returns the same tokens to two concurrent
 * refreshes.
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

/** The same with an entry in localStorage, for pages without Web Locks, such as those over http. */
async function lease<T>(name: string, work: () => Promise<T>): Promise<T> {
  const [note, own] = [`${name}.lock`, random()]
  const held = () => {
    const [owner, until] = (localStorage.getItem(note) ?? '').split(' ')
    // An entry from the far future comes from another clock.
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
    // There is no storage with which to coordinate.
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
