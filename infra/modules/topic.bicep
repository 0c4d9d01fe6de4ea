// The events of one maintenance configuration: its system topic, what is sent to the app, what becomes of
// events that do not arrive, and alerts about it. It all stands in the configuration's resource group,
// since a topic must be in the subscription of its source.
// https://learn.microsoft.com/azure/event-grid/system-topics

@description('What makes the names of this installation unique.')
param token string

@description('The topic, if the configuration has one already. Empty: it is made.')
param topicName string

@description('The name of the configuration.')
param configurationName string

@description('The region of the configuration, in which its topic must be.')
param location string

@description('Tags of every resource.')
param tags object

@description('The id of the function that takes the events.')
param functionId string

@description('The id of the storage account that keeps lost events.')
param storageId string

@description('The id of the identity that they are kept with.')
param identityId string

@description('The workspace that Event Grid tells of failed deliveries.')
param workspaceId string

@description('The ids of the action groups that alerts go to.')
param actionGroupIds string[]

// As `patchgate events add` names it: letters, digits and hyphens, 50 at most.
var plain = replace(replace(configurationName, '.', '-'), '_', '-')
var name = empty(topicName) ? '${take(plain, 43)}-events' : topicName
var alerts = [
  {
    metric: 'DeliveryAttemptFailCount'
    title: 'an event was not taken at once'
    severity: 2
  }
  {
    metric: 'DeadLetteredCount'
    title: 'an event is lost, and kept as a dead letter'
    severity: 1
  }
  {
    metric: 'DroppedEventCount'
    title: 'an event is lost, and kept nowhere'
    severity: 1
  }
]

resource configuration 'Microsoft.Maintenance/maintenanceConfigurations@2023-04-01' existing = {
  name: configurationName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    source: configuration.id
    topicType: 'Microsoft.Maintenance.MaintenanceConfigurations'
  }
}

resource events 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'patchgate'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    // In here: outside of properties it is not looked at, and all events are sent.
    filter: {
      includedEventTypes: [
        'Microsoft.Maintenance.PreMaintenanceEvent'
        'Microsoft.Maintenance.PostMaintenanceEvent'
      ]
    }
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: functionId
        maxEventsPerBatch: 1
      }
    }
    // After half an hour a run has started, and its event is of no use.
    retryPolicy: {
      eventTimeToLiveInMinutes: 30
      maxDeliveryAttempts: 10
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'UserAssigned'
        userAssignedIdentity: identityId
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storageId
          blobContainerName: 'dead-letters'
        }
      }
    }
  }
}

resource failures 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'patchgate'
  scope: topic
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'DeliveryFailures'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource losses 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in alerts: {
  name: 'patchgate-${toLower(alert.metric)}-${take(plain, 100)}-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Patchgate: ${alert.title} (${configurationName})'
    severity: alert.severity
    enabled: true
    scopes: [
      topic.id
    ]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'any'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          metricName: alert.metric
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    autoMitigate: true
    actions: [for id in actionGroupIds: {
      actionGroupId: id
    }]
  }
}]

@description('The id of the topic.')
output topicId string = topic.id
