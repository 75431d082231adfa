"use client"

import { Toast } from "@base-ui/react/toast"
import { X } from "lucide-react"
import type { ReactNode } from "react"
import { Button, IconButton } from "./button"

export interface Message {
  /** What happened: "Version 5 of DB_PASSWORD is current." */
  title: string
  description?: string
  /** What takes it back, or leads on. */
  action?: { label: string; run: () => void }
  tone?: "neutral" | "bad"
}

/** Says something at the corner of the page. What went wrong is said at once and stays until it is closed. */
export function useToast(): (message: Message) => void {
  const { add } = Toast.useToastManager()
  return ({ title, description, action, tone = "neutral" }) => {
    add({
      title,
      type: tone,
      priority: tone === "bad" ? "high" : "low",
      timeout: tone === "bad" || action ? 0 : 6000,
      ...(description !== undefined && { description }),
      ...(action && { actionProps: { children: action.label, onClick: action.run } }),
    })
  }
}

export function ToastProvider({ children }: { children: ReactNode }): ReactNode {
  return (
    <Toast.Provider limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-30 grid w-[calc(100vw-2rem)] max-w-aside gap-2 outline-none">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList(): ReactNode {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="rounded-card border border-line-strong bg-raised shadow-popup transition-opacity duration-150 data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-2 p-3">
        <div className="grid min-w-0 flex-1 gap-1">
          <Toast.Title className="font-medium break-words" />
          <Toast.Description className="break-words text-ink-2" />
          {toast.actionProps && <Toast.Action render={<Button small className="mt-1 justify-self-start" />} />}
        </div>
        <Toast.Close render={<IconButton label="Dismiss" className="-mt-1 -mr-1" />}>
          <X aria-hidden className="size-4" />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
